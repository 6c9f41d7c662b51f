"""A plain client of the simulator for its own tests: logs in, calls, follows page tokens. Knows none of our code."""

from collections.abc import Iterator
from typing import Any

import requests

DEMO = {
    "grant_type": "refresh_token",
    "client_id": "amzn1.application-oa2-client.demo",
    "client_secret": "demo-secret",
    "refresh_token": "Atzr|demo",
}
NO_ROLE = {**DEMO, "client_id": "amzn1.application-oa2-client.norole", "refresh_token": "Atzr|norole"}
US = "ATVPDKIKX0DER"
DE = "A1PA6795UKMFR9"
IT = "APJ6JRA9NG5V4"
EVERYWHERE = ",".join(
    (US, "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8", DE, "A1F83G8C2ARO7P", "A13V1IB3VIYZZH", IT, "A1RKKUPIHCS9HS")
)
LONG_AGO = "2020-01-01T00:00:00Z"


class Caller:
    """One HTTP session with an access token."""

    def __init__(self, url: str, credentials: dict[str, str] = DEMO) -> None:
        self.url = url
        self.http = requests.Session()
        self.access_token = self.login(credentials).json().get("access_token", "")

    def close(self) -> None:
        self.http.close()

    def login(self, form: dict[str, str]) -> requests.Response:
        return self.http.post(f"{self.url}/auth/o2/token", data=form, timeout=10)

    def get(self, path: str, access_token: str | None = None, **parameters: str | int) -> requests.Response:
        headers = {"x-amz-access-token": access_token or self.access_token}
        return self.http.get(f"{self.url}{path}", params=parameters, headers=headers, timeout=10)

    def post(self, path: str, body: object) -> requests.Response:
        headers = {"x-amz-access-token": self.access_token}
        return self.http.post(f"{self.url}{path}", json=body, headers=headers, timeout=10)

    def restricted_token(self, path: str, *data_elements: str) -> str:
        resource: dict[str, object] = {"method": "GET", "path": path}
        if data_elements:
            resource["dataElements"] = list(data_elements)
        answer = self.post("/tokens/2021-03-01/restrictedDataToken", {"restrictedResources": [resource]})
        token: str = answer.json()["restrictedDataToken"]
        return token

    def orders(self, access_token: str | None = None, **parameters: str | int) -> list[dict[str, Any]]:
        """All orders of all pages."""
        return [order for page in self.order_pages(access_token, **parameters) for order in page]

    def order_pages(self, access_token: str | None = None, **parameters: str | int) -> Iterator[list[dict[str, Any]]]:
        parameters = {"MarketplaceIds": EVERYWHERE, **parameters}
        while True:
            answer = self.get("/orders/v0/orders", access_token, **parameters)
            assert answer.status_code == 200, answer.text
            payload = answer.json()["payload"]
            yield payload["Orders"]
            if not payload.get("NextToken"):
                return
            parameters = {"MarketplaceIds": parameters["MarketplaceIds"], "NextToken": payload["NextToken"]}


def refusal(answer: requests.Response) -> tuple[int, str]:
    """Status and code of an error answer."""
    return answer.status_code, answer.json()["errors"][0]["code"]
