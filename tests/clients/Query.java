import java.sql.DriverManager;
import java.sql.SQLException;

/** Prints what a JDBC tool sees: rows of a query, tab between cells; then each table of a schema with its comment. */
class Query {
    /** Arguments: URL, user, query, schema. The password comes in the environment. */
    public static void main(String[] given) throws SQLException {
        try (var connection = DriverManager.getConnection(given[0], given[1], System.getenv("PGPASSWORD"))) {
            connection.setReadOnly(true);
            try (var rows = connection.createStatement().executeQuery(given[2])) {
                while (rows.next()) {
                    var value = rows.getDouble("value");
                    var shown = rows.wasNull() ? "absent" : Double.toString(value);
                    System.out.println(String.join("\t", rows.getString("site_name"),
                        rows.getDate("period").toLocalDate().toString(), shown, rows.getString("state")));
                }
            }
            try (var tables = connection.getMetaData().getTables(null, given[3], "%", new String[] {"TABLE", "VIEW"})) {
                while (tables.next()) {
                    System.out.println(tables.getString("TABLE_NAME") + "\t" + tables.getString("REMARKS"));
                }
            }
        }
    }
}
