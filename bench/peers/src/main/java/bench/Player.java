package bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Stays alive between rounds: reads a command per line, answers with a line of JSON. Arguments: adapter, JDBC URL, folder of models. */
public final class Player {
  private final Peer peer;
  private final Turns turns;
  private final String url;
  private final Gate gate;
  private final List<List<String>> prepared = new ArrayList<>();
  private String workload = "";
  private boolean jobsRun;

  private Player(String adapter, String url, Path models) throws Exception {
    this.url = url;
    gate = Settings.pool(url);
    peer = (Peer) Class.forName("bench." + adapter).getDeclaredConstructor(Gate.class).newInstance(gate);
    turns = new Turns(peer, Files.readString(models.resolve("payload.json")));
    for (String name : List.of("W1", "W2", "W3", "W4")) peer.deploy(name + ".bpmn", Files.readString(models.resolve(name + ".bpmn")));
  }

  public static void main(String[] arguments) throws Exception {
    Player player = new Player(arguments[0], arguments[1], Path.of(arguments[2]));
    System.out.println("{\"ready\": true}");
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) System.out.println(player.obey(line.split(" ")));
    System.exit(0);
  }

  private String obey(String[] words) throws Exception {
    if (jobsRun && !(words[0].equals("run") && words[1].equals("W4"))) {
      gate.set(true);
      peer.stopJobs();
      jobsRun = false;
    }
    return switch (words[0]) {
      case "run" -> run(words);
      case "one" -> "{\"case\": \"" + turns.begin(words[1]) + "\"}";
      case "prepare" -> prepare(words[1], Integer.parseInt(words[2]));
      case "finish" -> finish();
      default -> throw new IllegalArgumentException(words[0]);
    };
  }

  private String run(String[] words) throws Exception {
    int clients = Integer.parseInt(words[2]);
    return switch (words[1]) {
      case "W1" -> until(words[3], clients, turns::sequence);
      case "W2" -> until(words[3], clients, turns::branches);
      case "W3" -> Load.of(clients, client -> turns.loop(client, Integer.parseInt(words[3])));
      case "W4" -> timers(Double.parseDouble(words[3]));
      case "W5" -> until(words[3], clients, client -> client.time(() -> page(words)));
      case "W7" -> {
        List<String> tasks = Files.readAllLines(Path.of(words[3])).subList(Integer.parseInt(words[4]), Integer.parseInt(words[5]));
        yield Load.of(clients, client -> turns.claims(client, tasks));
      }
      default -> throw new IllegalArgumentException(words[1]);
    };
  }

  private static String until(String seconds, int clients, Load.Work turn) throws Exception {
    long end = System.nanoTime() + (long) (Double.parseDouble(seconds) * 1e9);
    return Load.of(clients, client -> {
      while (System.nanoTime() < end) turn.run(client);
    });
  }

  private void page(String[] words) {
    int rows = Integer.parseInt(words[5]);
    if (peer.worklist(List.of(words[4].split(",")), rows, Integer.parseInt(words[6])) < rows) throw new IllegalStateException("expected a full page");
  }

  /** W4: has the engine's own job executor work for some seconds, or until no timer of the process waits any more. */
  private String timers(double seconds) throws Exception {
    long before = waiting();
    long cpu = Load.cpuNanos();
    long begun = System.nanoTime();
    long end = begun + (long) (seconds * 1e9);
    gate.set(true);
    if (!jobsRun) peer.startJobs();
    jobsRun = true;
    while (System.nanoTime() < end && waiting() > 0) Thread.sleep(500);
    double wall = (System.nanoTime() - begun) / 1e9;
    long done = before - waiting();
    double spent = (Load.cpuNanos() - cpu) / 1e9;
    gate.set(false);
    return Load.answer(done, 0, wall, spent, "[]");
  }

  /** Cases of W4 that are not over. */
  private long waiting() throws Exception {
    try (Connection connection = DriverManager.getConnection(url); Statement statement = connection.createStatement();
         ResultSet rows = statement.executeQuery("select count(*) from act_ru_execution where parent_id_ is null and proc_def_id_ like 'W4:%'")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private String prepare(String name, int cases) {
    workload = name;
    prepared.clear();
    for (int k = 0; k < cases; k++) prepared.add(peer.openTasks(turns.begin(name)));
    return "{}";
  }

  /** Completes what is prepared, and nothing else: for counting. */
  private String finish() throws Exception {
    return Load.of(1, client -> {
      for (List<String> tasks : prepared) for (String task : tasks) turns.complete(client, task, entered());
    });
  }

  private Map<String, Object> entered() {
    return switch (workload) {
      case "W1" -> turns.approval();
      case "W3" -> turns.again(true);
      default -> Map.of("ok", true);
    };
  }
}
