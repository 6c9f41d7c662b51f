import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * Binds one value each to all parameters of statements, and tells the first column of the first row, a line a statement.
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
            for (int place = 1; place <= statement.getParameterMetaData().getParameterCount(); place++) {
                bind(statement, place, setter, value);
            }
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? String.valueOf(rows.getObject(1)) : "no row";
            }
        } catch (Exception | Error failure) {
            return "FAILED " + String.valueOf(failure).replace('\n', ' ');
        }
    }

    private static void bind(PreparedStatement statement, int place, String setter, String value) throws Exception {
        switch (setter) {
            case "setString" -> statement.setString(place, value);
            case "setInt" -> statement.setInt(place, Integer.parseInt(value));
            case "setLong" -> statement.setLong(place, Long.parseLong(value));
            case "setShort" -> statement.setShort(place, Short.parseShort(value));
            case "setByte" -> statement.setByte(place, Byte.parseByte(value));
            case "setFloat" -> statement.setFloat(place, Float.parseFloat(value));
            case "setDouble" -> statement.setDouble(place, Double.parseDouble(value));
            case "setBigDecimal" -> statement.setBigDecimal(place, new BigDecimal(value));
            case "setBoolean" -> statement.setBoolean(place, Boolean.parseBoolean(value));
            case "setDate" -> statement.setDate(place, Date.valueOf(value));
            case "setTimestamp" -> statement.setTimestamp(place, Timestamp.valueOf(value));
            case "setTime" -> statement.setTime(place, Time.valueOf(value));
            case "setObject" -> statement.setObject(place, Long.parseLong(value));
            case "setNull" -> statement.setNull(place, Integer.parseInt(value));
            default -> throw new IllegalArgumentException(setter);
        }
    }
}
