"""`spapi-flight catalog`: Amazon's models → the files that the catalog reads → pages for readers. For developers."""

from importlib.resources import files
from pathlib import Path

import click

from catalog.compile import compile_models
from catalog.compile.kiosk import compile_schemas as compile_kiosk
from catalog.pages import write_pages
from flight_server.cli.environment import option

Folder = click.Path(file_okay=False, path_type=Path)


@click.group()
def catalog() -> None:
    """Work on the catalog of tables."""


@catalog.command("compile")
@click.argument("models_dir", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@option("--output", type=Folder, help="Where to write.  [default: the models of this installation]", show_default=False)
def compile_(models_dir: tuple[Path, ...], output: Path | None) -> None:
    """Compile Amazon's Swagger files, which are in one or several MODELS_DIR, into the catalog's models."""
    out_dir = output or Path(str(files("catalog"))) / "models"
    written = compile_models(models_dir, out_dir)
    for path in written:
        click.echo(path.name)
    click.echo(f"{len(written)} models in {out_dir}", err=True)


@catalog.command()
@click.argument("schemas_dir", type=click.Path(exists=True, file_okay=False, path_type=Path))
@option("--output", type=Folder, help="Where to write.  [default: the models of this installation]", show_default=False)
def compile_schemas(schemas_dir: Path, output: Path | None) -> None:
    """Compile Amazon's GraphQL schemas of Data Kiosk, which are in SCHEMAS_DIR, into the catalog's models."""
    out_dir = output or Path(str(files("catalog"))) / "models" / "data_kiosk"
    written = compile_kiosk(schemas_dir, out_dir)
    for path in written:
        click.echo(path.name)
    click.echo(f"{len(written)} schemas in {out_dir}", err=True)


@catalog.command()
@click.argument("folder", type=Folder)
def docs(folder: Path) -> None:
    """Write one page a schema into FOLDER, and take pages away whose schema is no more."""
    click.echo(f"{len(write_pages(folder))} pages in {folder}", err=True)
