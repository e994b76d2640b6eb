import type { JobExecutor, TaskRequest } from '@corral/core';

/** A call for one cent. */
const cent = { inputTokens: 0, maxOutputTokens: 1000, price: { inputUsdPer1M: 0, outputUsdPer1M: 10 } };

/**
 * Does what the prompt of a task says: `answer` at once; `wait 500` ms; `hold` until called off; `die` with the whole
 * process, in the middle of a call for a cent; `block 500`: holds the event loop for so many ms, once, on the first attempt.
 */
export function commandExecutor(onBegin: (task: TaskRequest) => void): Pick<JobExecutor, 'runTask'> {
  return {
    runTask: async (task, { signal, budget }) => {
      onBegin(task);
      const [command, amount = '0'] = task.prompt.split(' ');
      if (command === 'die') {
        await budget.reserve(cent);
        process.kill(process.pid, 'SIGKILL');
      }
      if (command === 'block' && task.attempt === 1) blockLoop(Number(amount));
      const ms = command === 'hold' ? 3_600_000 : command === 'wait' ? Number(amount) : 0;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener('abort', () => [clearTimeout(timer), resolve()], { once: true });
      });
      return { output: `${task.taskId} by attempt ${task.attempt}`, score: 1, iterations: 1 };
    },
  };
}

function blockLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
