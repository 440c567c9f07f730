package bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/** The workloads, each as one turn of one client; `bench/workloads/turns.py` says the same for our engine. */
final class Turns {
  static final int BLOCK = 64;
  private final Peer peer;
  private final String payload;
  private final AtomicLong salt = new AtomicLong();

  Turns(Peer peer, String payload) {
    this.peer = peer;
    this.payload = payload;
  }

  private String payload() { return String.format("%08d", salt.incrementAndGet()) + payload.substring(8); }

  String begin(String workload) {
    Map<String, Object> given = new HashMap<>();
    given.put("payload", payload());
    given.put("amount", 2500);
    return peer.start(workload, given);
  }

  void complete(Client client, String task, Map<String, Object> entered) {
    client.time(() -> peer.complete(task, entered));
  }

  Map<String, Object> approval() { return Map.of("payload", payload(), "approved", true); }

  Map<String, Object> again(boolean more) { return Map.of("payload", payload(), "again", more); }

  /** W1: both user tasks, one after the other. */
  void sequence(Client client) {
    String one = begin("W1");
    complete(client, peer.openTasks(one).get(0), approval());
    complete(client, peer.openTasks(one).get(0), Map.of("ok", true));
  }

  /** W2: three branches, completed in turn. */
  void branches(Client client) {
    for (String task : peer.openTasks(begin("W2"))) complete(client, task, Map.of("ok", true));
  }

  /** W3: one user task, over and over. */
  void loop(Client client, int times) {
    String one = begin("W3");
    for (int k = 1; k <= times; k++) complete(client, peer.openTasks(one).get(0), again(k < times));
  }

  /** W7: in every block of tasks each client tries, in an order of its own, until one is won. */
  void claims(Client client, List<String> tasks) {
    for (int from = 0; from + BLOCK <= tasks.size(); from += BLOCK) {
      List<String> block = new ArrayList<>(tasks.subList(from, from + BLOCK));
      Collections.shuffle(block, new Random(client.number * 7919L + from));
      for (String task : block) {
        long begun = System.nanoTime();
        if (peer.claim(task, "p" + client.number)) {
          client.add(System.nanoTime() - begun);
          break;
        }
        client.refused++;
      }
    }
  }
}
