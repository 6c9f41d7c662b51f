import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * What a grid asks: getObject of every column of a query, and the types of a table's columns, as lines NAME, TAB, VALUE.
 * Run as a single source file: {@code java -cp DRIVER Objects.java URL QUERY SCHEMA TABLE}; connection parameters come as
 * NAME=VALUE lines on stdin.
 */
public final class Objects {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        for (String line : new String(System.in.readAllBytes()).lines().toList()) {
            int split = line.indexOf('=');
            properties.setProperty(line.substring(0, split), line.substring(split + 1));
        }
        List<String> lines = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(arguments[0], properties)) {
            try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(arguments[1])) {
                ResultSetMetaData metadata = rows.getMetaData();
                for (int i = 1; i <= metadata.getColumnCount(); i++) {
                    lines.add("home." + metadata.getColumnLabel(i) + "\t" + metadata.getTableName(i));
                }
                for (int number = 0; rows.next(); number++) {
                    for (int i = 1; i <= metadata.getColumnCount(); i++) {
                        lines.add(number + "." + metadata.getColumnLabel(i) + "\t" + told(rows, i));
                    }
                }
            }
            DatabaseMetaData metadata = connection.getMetaData();
            lines.add("functions\t" + metadata.getTimeDateFunctions());
            lines.add("grammar\t" + metadata.supportsANSI92EntryLevelSQL() + " " + metadata.supportsANSI92IntermediateSQL());
            try (ResultSet rows = metadata.getColumns(null, arguments[2], arguments[3], "%")) {
                while (rows.next()) {
                    lines.add("type." + rows.getString("COLUMN_NAME") + "\t" + rows.getInt("DATA_TYPE"));
                    lines.add("size." + rows.getString("COLUMN_NAME") + "\t" + rows.getInt("COLUMN_SIZE"));
                }
            }
        }
        System.out.println(String.join("\n", lines));
    }

    private static String told(ResultSet rows, int column) {
        try {
            Object value = rows.getObject(column);
            return value == null ? "null" : value.getClass().getSimpleName() + " " + value;
        } catch (Exception | Error failure) {
            return "FAILED " + failure;
        }
    }
}
