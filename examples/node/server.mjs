import { createServer } from 'node:http';
import { createApi, createHub } from '@corral/node-adapter';

const hub = await createHub({ modelsDir: process.env.MODELS_DIR ?? './models' });
const api = createApi(hub);
hub.subscribe('model:state-changed', ({ model }) => console.log(model.filename, model.state));

const server = createServer(api.nodeHandler).listen(Number(process.env.PORT ?? 7676), '127.0.0.1');
server.on('listening', () => console.log('listening on', server.address().port));
process.once('SIGTERM', () => hub.dispose().then(() => process.exit(0)));
