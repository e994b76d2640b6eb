import { setTimeout as sleep } from 'node:timers/promises';
import { HostProbe } from '../host/host-probe.js';
import type { Logger } from '../logger.js';
import { untilSignal } from '../until-signal.js';
import { startAgent } from './agent.js';
import type { AgentOptions } from './agent-options.js';

/** How long a server that hangs may keep us from ending, in ms. */
const closeMs = 800;

/**
 * `corral agent`: reports until the process is asked to end.
 * @returns the exit code
 * @throws AdapterError as {@link startAgent}
 */
export async function runAgent(options: AgentOptions, logger: Logger): Promise<number> {
  // Armed before anything is started, as in `serve`.
  const ended = untilSignal();
  const agent = await startAgent(options, logger, new HostProbe());
  logger.info('corral agent is ready', { hostId: agent.hostId, hub: options.hub.origin });
  const reason = await ended;
  logger.info('stopping', { reason });
  await Promise.race([agent.close(), sleep(closeMs, undefined, { ref: false })]);
  return reason === 'uncaughtException' ? 1 : 0;
}
