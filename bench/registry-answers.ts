// What a target of the registry bench answers: an Ollama with six models loaded, and the numbers of a llama-server as
// Prometheus reads them, both about 2 KB.

const models = [
  'llama3.1:8b',
  'qwen2.5:14b',
  'phi4:14b',
  'mistral:7b',
  'gemma2:9b',
  'nomic-embed-text:latest',
];

const ps = JSON.stringify({
  models: models.map((name, i) => ({
    name,
    model: name,
    size: 5_137_025_024 + i * 1_000_000,
    digest: `${i}`.repeat(64),
    details: {
      parent_model: '',
      format: 'gguf',
      family: 'llama',
      families: ['llama'],
      parameter_size: '8.0B',
      quantization_level: 'Q4_K_M',
    },
    expires_at: '2026-06-04T14:38:31.83753-07:00',
    size_vram: 5_137_025_024,
  })),
});

const families = Array.from({ length: 14 }, (_, i) => {
  const name = `llamacpp:number_of_the_server_${i}_total`;
  return `# HELP ${name} A number that the server counts since its start.\n# TYPE ${name} counter\n${name} ${1000 + i}.25\n`;
});

const list = { object: 'list', data: models.map((id) => ({ id, object: 'model', owned_by: 'library' })) };

const json = (body: string): Buffer => answer('200 OK', 'application/json; charset=utf-8', body);

const pages: Readonly<Record<string, Buffer>> = {
  '/api/ps': json(ps),
  '/api/tags': json(ps),
  '/api/version': json('{"version":"0.12.6"}'),
  '/v1/models': json(JSON.stringify(list)),
  '/metrics': answer('200 OK', 'text/plain; version=0.0.4; charset=utf-8', families.join('')),
};
const nothing = answer('404 Not Found', 'text/plain', '404 page not found');

/** The whole answer to a path, as bytes. */
export function answerTo(path: string): Buffer {
  return pages[path] ?? nothing;
}

function answer(status: string, type: string, body: string): Buffer {
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n${body}`,
  );
}
