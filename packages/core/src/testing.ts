/** What tests and stories need: a clock that stands still and a hub without servers. */
export { InMemoryJobStore } from './jobs/in-memory-job-store.js';
export { SimulatedClock } from './testing/simulated-clock.js';
export { type SimulatedFleet, simulatedEndpoint, simulatedHost } from './testing/simulated-fleet.js';
export { SimulatedHub } from './testing/simulated-hub.js';
export {
  type SimulatedJobEvent,
  SimulatedJobs,
  simulatedJob,
  simulatedTask,
} from './testing/simulated-jobs.js';
export { simulatedModel } from './testing/simulated-model.js';
