import { describe, expect, it } from 'vitest';
import { ClientError, errorOf } from './client-error.js';

describe('errorOf', () => {
  it('takes code, message, retryable and details of the hub over', async () => {
    const details = { fields: { port: 'taken' } };
    const body = JSON.stringify({
      error: { code: 'no_port_available', message: 'None left', retryable: true, details },
    });
    const error = await errorOf(new Response(body, { status: 409 }));
    expect(error).toBeInstanceOf(ClientError);
    expect(error).toMatchObject({
      code: 'no_port_available',
      message: 'None left',
      retryable: true,
      status: 409,
      details,
    });
  });

  it.each([
    ['<html>Bad gateway</html>', 502, true],
    ['', 404, false],
    ['[]', 403, false],
    ['null', 500, true],
    ['{"error":"text"}', 400, false],
    ['{"error":{"code":7,"message":{},"retryable":"yes","details":[]}}', 400, false],
  ])(
    'reads %j with status %d of something between us and the hub as a protocol error',
    async (body, status, retryable) => {
      const error = await errorOf(new Response(body, { status }));
      expect(error).toMatchObject({ code: 'protocol', status, retryable, details: undefined });
      expect(error.message).toBe(`The hub answered with status ${status}`);
    },
  );

  it.each([408, 429])('may be retried after a %d of something between us and the hub', async (status) => {
    expect((await errorOf(new Response('slow down', { status }))).retryable).toBe(true);
  });
});
