import type { Clock } from '../clock.js';
import type { EventHub } from '../event-hub.js';
import type { HubEvents } from '../events.js';
import type { JobExecutor, JobStore, JobTextReader, TaskDispatcher } from './ports.js';

/** What a JobRunner is made of. */
export interface JobRunnerOptions {
  readonly events: EventHub<HubEvents>;
  /** Plans jobs and, without a dispatcher, carries out their tasks. Without it nothing can be submitted. */
  readonly executor?: JobExecutor;
  /** Takes tasks to workers elsewhere. Default: the executor carries them out here. */
  readonly dispatcher?: TaskDispatcher;
  /** Default: for as long as the process lives. */
  readonly store?: JobStore;
  /** Reads jobs from YAML. Without it only objects can be submitted. */
  readonly reader?: JobTextReader;
  /** Whether jobs that were interrupted go on by themselves. Default: `auto`. */
  readonly resume?: 'auto' | 'manual';
  /** Jobs that run at the same time; others wait their turn. Default: 4. */
  readonly jobsAtOnce?: number;
  /**
   * Hears of faults of the runner's own. They end the run of one job as `failed`, and neither the process nor other
   * jobs. Default: nobody does.
   */
  readonly onError?: (error: unknown) => void;
  /** Takes secrets out of texts before they are kept. Default: keeps them as they are. */
  readonly redact?: (text: string) => string;
  readonly clock?: Clock;
  /** A number in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
  /** Makes an id for a job. Default: time and chance. */
  readonly newId?: () => string;
}
