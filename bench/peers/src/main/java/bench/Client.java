package bench;

import java.util.Arrays;

/** One client: how long each of its operations took, in microseconds, in the order in which they were done. */
final class Client {
  final int number;
  long refused;
  private long[] took = new long[1024];
  private int count;

  Client(int number) { this.number = number; }

  interface Act { void run(); }

  void time(Act act) {
    long begun = System.nanoTime();
    act.run();
    add(System.nanoTime() - begun);
  }

  void add(long nanos) {
    if (count == took.length) took = Arrays.copyOf(took, 2 * count);
    took[count++] = nanos / 1000;
  }

  long[] micros() { return Arrays.copyOf(took, count); }
}
