package bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Several clients at once, and what they cost the whole process: collector and compiler included. */
final class Load {
  private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private Load() { }

  interface Work { void run(Client client) throws Exception; }

  /** Answer of a run, as one line of JSON. */
  static String of(int clients, Work work) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    List<Client> all = new ArrayList<>();
    List<Future<Void>> ends = new ArrayList<>();
    long cpu = SYSTEM.getProcessCpuTime();
    long begun = System.nanoTime();
    for (int number = 0; number < clients; number++) {
      Client client = new Client(number);
      all.add(client);
      Callable<Void> job = () -> { work.run(client); return null; };
      ends.add(threads.submit(job));
    }
    for (Future<Void> end : ends) end.get();
    double wall = (System.nanoTime() - begun) / 1e9;
    double spent = (SYSTEM.getProcessCpuTime() - cpu) / 1e9;
    threads.shutdown();
    return json(all, wall, spent);
  }

  private static String json(List<Client> clients, double wall, double cpu) throws IOException {
    StringBuilder series = new StringBuilder();
    long done = 0;
    long refused = 0;
    for (Client client : clients) {
      if (series.length() > 0) series.append(", ");
      long[] micros = client.micros();
      series.append(java.util.Arrays.toString(micros));
      done += micros.length;
      refused += client.refused;
    }
    return answer(done, refused, wall, cpu, series.toString());
  }

  static String answer(long done, long refused, double wall, double cpu, String series) throws IOException {
    return String.format(java.util.Locale.ROOT,
        "{\"done\": %d, \"refused\": %d, \"wall_s\": %.6f, \"cpu_s\": %.6f, \"rss_kb\": %d, \"us\": [%s]}",
        done, refused, wall, cpu, residentKb(), series);
  }

  static long cpuNanos() { return SYSTEM.getProcessCpuTime(); }

  private static long residentKb() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("\\D", ""));
    }
    return 0;
  }
}
