import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * What a JDBC tool does first, as one JSON object on stdout: product, tables, columns, a query, a prepared query, a
 * refusal. Run as a single source file: {@code java -cp DRIVER Smoke.java URL QUERY PREPARED VALUE}; connection
 * parameters beyond the URL's come as NAME=VALUE lines on stdin, as a tool's dialog gives them as properties.
 */
public final class Smoke {
    private static final List<String> members = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        for (String line : new String(System.in.readAllBytes()).lines().toList()) {
            int split = line.indexOf('=');
            properties.setProperty(line.substring(0, split), line.substring(split + 1));
        }
        try (Connection connection = DriverManager.getConnection(arguments[0], properties)) {
            DatabaseMetaData metadata = connection.getMetaData();
            member("product", quoted(metadata.getDatabaseProductName()));
            try (ResultSet rows = metadata.getSchemas()) {
                member("schemas", json(rows));
            }
            try (ResultSet rows = metadata.getTables(null, "orders", "%", null)) {
                member("tables", json(rows));
            }
            try (ResultSet rows = metadata.getColumns(null, "orders", "order_items", "%")) {
                member("columns", json(rows));
            }
            try (ResultSet rows = metadata.getPrimaryKeys(null, "orders", "order_items")) {
                member("primary_key", json(rows));
            }
            try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(arguments[1])) {
                member("query_types", types(rows.getMetaData()));
                member("query", json(rows));
            }
            try (PreparedStatement statement = connection.prepareStatement(arguments[2])) {
                member("parameter_count", String.valueOf(statement.getParameterMetaData().getParameterCount()));
                statement.setString(1, arguments[3]);
                try (ResultSet rows = statement.executeQuery()) {
                    member("prepared", json(rows));
                }
            }
            try (Statement statement = connection.createStatement()) {
                statement.executeQuery("DROP TABLE orders.orders");
                member("refusal", "null");
            } catch (SQLException refusal) {
                member("refusal", quoted(refusal.getMessage()));
            }
        }
        System.out.println("{" + String.join(",\n", members) + "}");
    }

    private static void member(String name, String json) {
        members.add(quoted(name) + ": " + json);
    }

    private static String types(ResultSetMetaData metadata) throws SQLException {
        List<String> types = new ArrayList<>();
        for (int i = 1; i <= metadata.getColumnCount(); i++) {
            types.add(quoted(metadata.getColumnTypeName(i)));
        }
        return "[" + String.join(", ", types) + "]";
    }

    private static String json(ResultSet rows) throws SQLException {
        ResultSetMetaData metadata = rows.getMetaData();
        List<String> objects = new ArrayList<>();
        while (rows.next()) {
            List<String> pairs = new ArrayList<>();
            for (int i = 1; i <= metadata.getColumnCount(); i++) {
                pairs.add(quoted(metadata.getColumnLabel(i)) + ": " + quoted(rows.getString(i)));
            }
            objects.add("{" + String.join(", ", pairs) + "}");
        }
        return "[" + String.join(",\n  ", objects) + "]";
    }

    private static String quoted(String text) {
        if (text == null) {
            return "null";
        }
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\' || c < 0x20) {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
