package bench;

import java.util.List;
import java.util.Map;
import org.flowable.common.engine.api.FlowableException;
import org.flowable.common.engine.impl.persistence.StrongUuidGenerator;
import org.flowable.engine.ProcessEngine;
import org.flowable.engine.ProcessEngineConfiguration;
import org.flowable.engine.TaskService;
import org.flowable.engine.impl.cfg.StandaloneProcessEngineConfiguration;
import org.flowable.job.service.impl.asyncexecutor.AsyncExecutor;
import org.flowable.task.api.Task;

/** Flowable, embedded. */
final class FlowablePeer implements Peer {
  private static final String CANDIDATES = " from ACT_RU_TASK T join ACT_RU_IDENTITYLINK L on L.TASK_ID_ = T.ID_"
      + " where T.ASSIGNEE_ is null and L.TYPE_ = 'candidate' and L.GROUP_ID_ in (#{g0}, #{g1}, #{g2})";
  private final ProcessEngine engine;
  private final TaskService tasks;

  FlowablePeer(Gate pool) {
    StandaloneProcessEngineConfiguration config = new StandaloneProcessEngineConfiguration();
    config.setDataSource(pool);
    config.setDatabaseSchemaUpdate(ProcessEngineConfiguration.DB_SCHEMA_UPDATE_TRUE);
    config.setHistory(Settings.HISTORY);
    config.setIdGenerator(new StrongUuidGenerator());
    config.setAsyncExecutorActivate(false);
    config.setAsyncExecutorUnlockOwnedJobs(false);
    config.setAsyncExecutorCorePoolSize(Settings.JOB_THREADS);
    config.setAsyncExecutorMaxPoolSize(Settings.JOB_THREADS);
    config.setAsyncExecutorThreadPoolQueueSize(4 * Settings.JOB_BATCH);
    config.setAsyncExecutorMaxTimerJobsPerAcquisition(Settings.JOB_BATCH);
    config.setAsyncExecutorMaxAsyncJobsDuePerAcquisition(Settings.JOB_BATCH);
    config.setAsyncExecutorDefaultTimerJobAcquireWaitTime(Settings.JOB_WAIT_MS);
    config.setAsyncExecutorDefaultAsyncJobAcquireWaitTime(Settings.JOB_WAIT_MS);
    config.setAsyncExecutorDefaultQueueSizeFullWaitTime(Settings.JOB_WAIT_MS);
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
    } catch (FlowableException taken) {   // already claimed, or the optimistic lock was lost
      return false;
    }
  }

  @Override public long worklist(List<String> groups, int rows, int cap) {
    List<Task> page = tasks.createTaskQuery().taskCandidateGroupIn(groups).orderByTaskDueDate().asc().listPage(0, rows);
    String sql = "select count(*) from (select distinct T.ID_" + CANDIDATES + " limit " + cap + ") C";
    long counted = tasks.createNativeTaskQuery().sql(sql)
        .parameter("g0", groups.get(0)).parameter("g1", groups.get(1)).parameter("g2", groups.get(2)).count();
    return Math.min(counted, page.size());
  }

  @Override public void startJobs() { executor().start(); }

  @Override public void stopJobs() { executor().shutdown(); }

  private AsyncExecutor executor() { return engine.getProcessEngineConfiguration().getAsyncExecutor(); }
}
