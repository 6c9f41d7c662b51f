import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * Binds one value each to statements with one parameter, and tells the first column of the first row, a line a statement.
 * Run as a single source file: {@code java -cp DRIVER Parameters.java URL (SQL SETTER VALUE)...}; connection parameters
 * come as NAME=VALUE lines on stdin.
 */
public final class Parameters {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        for (String line : new String(System.in.readAllBytes()).lines().toList()) {
            int split = line.indexOf('=');
            properties.setProperty(line.substring(0, split), line.substring(split + 1));
        }
        List<String> lines = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(arguments[0], properties)) {
            for (int i = 1; i + 2 < arguments.length; i += 3) {
                lines.add(told(connection, arguments[i], arguments[i + 1], arguments[i + 2]));
            }
        }
        System.out.println(String.join("\n", lines));
    }

    private static String told(Connection connection, String sql, String setter, String value) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, setter, value);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? String.valueOf(rows.getObject(1)) : "no row";
            }
        } catch (Exception | Error failure) {
            return "FAILED " + String.valueOf(failure).replace('\n', ' ');
        }
    }

    private static void bind(PreparedStatement statement, String setter, String value) throws Exception {
        switch (setter) {
            case "setString" -> statement.setString(1, value);
            case "setInt" -> statement.setInt(1, Integer.parseInt(value));
            case "setLong" -> statement.setLong(1, Long.parseLong(value));
            case "setShort" -> statement.setShort(1, Short.parseShort(value));
            case "setByte" -> statement.setByte(1, Byte.parseByte(value));
            case "setFloat" -> statement.setFloat(1, Float.parseFloat(value));
            case "setDouble" -> statement.setDouble(1, Double.parseDouble(value));
            case "setBigDecimal" -> statement.setBigDecimal(1, new BigDecimal(value));
            case "setBoolean" -> statement.setBoolean(1, Boolean.parseBoolean(value));
            case "setDate" -> statement.setDate(1, Date.valueOf(value));
            case "setTimestamp" -> statement.setTimestamp(1, Timestamp.valueOf(value));
            case "setNull" -> statement.setNull(1, Integer.parseInt(value));
            default -> throw new IllegalArgumentException(setter);
        }
    }
}
