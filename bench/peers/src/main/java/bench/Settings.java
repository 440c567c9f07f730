package bench;

import com.zaxxer.hikari.HikariConfig;

/** What both engines are given alike. */
final class Settings {
  static final String HISTORY = "full";
  static final int JOB_THREADS = 2;
  static final int JOB_BATCH = 50;
  static final int JOB_WAIT_MS = 100;
  private static final int CONNECTIONS = 72;

  private Settings() { }

  /** Connections keep their prepared statements. */
  static Gate pool(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(JOB_THREADS + 2);
    return new Gate(config);
  }
}
