package bench;

import java.util.List;
import java.util.Map;
import org.camunda.bpm.engine.ProcessEngine;
import org.camunda.bpm.engine.ProcessEngineConfiguration;
import org.camunda.bpm.engine.ProcessEngineException;
import org.camunda.bpm.engine.TaskService;
import org.camunda.bpm.engine.impl.cfg.StandaloneProcessEngineConfiguration;
import org.camunda.bpm.engine.impl.jobexecutor.DefaultJobExecutor;
import org.camunda.bpm.engine.impl.persistence.StrongUuidGenerator;
import org.camunda.bpm.engine.task.Task;

/** Camunda 7, embedded. */
final class CamundaPeer implements Peer {
  private static final String CANDIDATES = " from ACT_RU_TASK T join ACT_RU_IDENTITYLINK L on L.TASK_ID_ = T.ID_"
      + " where T.ASSIGNEE_ is null and L.TYPE_ = 'candidate' and L.GROUP_ID_ in (#{g0}, #{g1}, #{g2})";
  private final ProcessEngine engine;
  private final DefaultJobExecutor jobs = new DefaultJobExecutor();
  private final TaskService tasks;

  CamundaPeer(Gate pool) {
    StandaloneProcessEngineConfiguration config = new StandaloneProcessEngineConfiguration();
    config.setDataSource(pool);
    config.setDatabaseSchemaUpdate(ProcessEngineConfiguration.DB_SCHEMA_UPDATE_TRUE);
    config.setHistory(Settings.HISTORY);
    config.setIdGenerator(new StrongUuidGenerator());
    config.setAuthorizationEnabled(false);
    config.setEnforceHistoryTimeToLive(false);
    config.setMetricsEnabled(false);
    config.setTaskMetricsEnabled(false);
    config.setJobExecutorActivate(false);
    jobs.setCorePoolSize(Settings.JOB_THREADS);
    jobs.setMaxPoolSize(Settings.JOB_THREADS);
    jobs.setQueueSize(2 * Settings.JOB_BATCH);
    jobs.setMaxJobsPerAcquisition(Settings.JOB_BATCH);
    jobs.setWaitTimeInMillis(Settings.JOB_WAIT_MS);
    jobs.setMaxWait(Settings.JOB_WAIT_MS);
    config.setJobExecutor(jobs);
    engine = config.buildProcessEngine();
    tasks = engine.getTaskService();
  }

  @Override public void deploy(String fileName, String bpmn) {
    engine.getRepositoryService().createDeployment().addString(fileName, bpmn).deploy();
  }

  @Override public String start(String process, Map<String, Object> variables) {
    return engine.getRuntimeService().startProcessInstanceByKey(process, variables).getId();
  }

  @Override public List<String> openTasks(String caseId) {
    return tasks.createTaskQuery().processInstanceId(caseId).list().stream().map(Task::getId).toList();
  }

  @Override public void complete(String taskId, Map<String, Object> variables) { tasks.complete(taskId, variables); }

  @Override public boolean claim(String taskId, String person) {
    try {
      tasks.claim(taskId, person);
      return true;
    } catch (ProcessEngineException taken) {   // already claimed, or the optimistic lock was lost
      return false;
    }
  }

  @Override public long worklist(List<String> groups, int rows, int cap) {
    List<Task> page = tasks.createTaskQuery().taskCandidateGroupIn(groups).orderByDueDate().asc().listPage(0, rows);
    String sql = "select count(*) from (select distinct T.ID_" + CANDIDATES + " limit " + cap + ") C";
    long counted = tasks.createNativeTaskQuery().sql(sql)
        .parameter("g0", groups.get(0)).parameter("g1", groups.get(1)).parameter("g2", groups.get(2)).count();
    return Math.min(counted, page.size());
  }

  @Override public void startJobs() { jobs.start(); }

  @Override public void stopJobs() { jobs.shutdown(); }
}
