package bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The pool that both vendors ship in their servers, with a gate in front: while it is shut no transaction begins.
 * A job executor that is stopped and started between rounds would lose what it has fetched; behind a shut gate it just waits.
 */
final class Gate extends HikariDataSource {
  private boolean open = true;

  Gate(HikariConfig config) { super(config); }

  synchronized void set(boolean isOpen) {
    open = isOpen;
    notifyAll();
  }

  @Override public Connection getConnection() throws SQLException {
    pass();
    return super.getConnection();
  }

  private synchronized void pass() throws SQLException {
    try {
      while (!open) wait();
    } catch (InterruptedException ended) {
      throw new SQLException(ended);
    }
  }
}
