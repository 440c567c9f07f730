package bench;

import java.util.List;
import java.util.Map;

/** The few verbs that the workloads need of an engine; one adapter each, loaded by name. */
interface Peer {
  void deploy(String fileName, String bpmn);

  String start(String process, Map<String, Object> variables);

  List<String> openTasks(String caseId);

  void complete(String taskId, Map<String, Object> variables);

  /** Whether the task is taken by this person now; false when somebody else was first. */
  boolean claim(String taskId, String person);

  /** First page of what these groups may claim, by due date, and how many there are, counted up to the cap. */
  long worklist(List<String> groups, int rows, int cap);

  void startJobs();

  void stopJobs();
}
