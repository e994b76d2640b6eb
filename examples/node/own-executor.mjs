import { createHub } from '@corral/node-adapter';

const executor = {
  plan: async ({ projectDescription }) => [{ prompt: projectDescription }],
  runTask: async ({ prompt }, { log, signal }) => {
    log.info('asking my own agent');
    const answer = await fetch('http://127.0.0.1:9000/ask', { method: 'POST', body: prompt, signal });
    return { output: await answer.text(), score: 1 };
  },
};
export const hub = await createHub({ jobs: { executor } });
