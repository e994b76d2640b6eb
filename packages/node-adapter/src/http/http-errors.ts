import { CorralError, type CorralErrorCode } from '@corral/core';

/** Codes that the HTTP edge answers with by itself. */
type EdgeCode =
  | 'bad_request'
  | 'bad_target'
  | 'invalid_json'
  | 'unauthorized'
  | 'token_in_query'
  | 'host_not_allowed'
  | 'origin_not_allowed'
  | 'scope_too_small'
  | 'host_not_yours'
  | 'not_found'
  | 'method_not_allowed'
  | 'payload_too_large'
  | 'uri_too_long'
  | 'unsupported_media_type'
  | 'unknown_field'
  | 'forbidden_key'
  | 'too_deep'
  | 'upgrade_refused'
  | 'too_many_attempts'
  | 'rate_limited'
  | 'too_many_headers'
  | 'starting'
  | 'internal';

/** Every code that an answer can carry. */
export type HttpErrorCode = EdgeCode | CorralErrorCode;

interface HttpErrorEntry {
  readonly status: number;
  readonly message: string;
}

/** The one table from code to status. Messages of core's errors replace these; upstream text never does. */
const table: Readonly<Record<HttpErrorCode, HttpErrorEntry>> = {
  bad_request: { status: 400, message: 'The request is malformed' },
  bad_target: { status: 400, message: 'The request target is malformed' },
  invalid_json: { status: 400, message: 'The body is not valid JSON' },
  unknown_field: { status: 400, message: 'The body has a field that this route does not know' },
  forbidden_key: { status: 400, message: 'The body has a key that no field may have' },
  too_deep: { status: 400, message: 'The body is nested too deeply' },
  invalid_url: { status: 400, message: 'The address is not one that can be used' },
  invalid_host: { status: 400, message: 'The host is not one that can be used' },
  invalid_port: { status: 400, message: 'The port is not a number from 1 to 65535' },
  invalid_path: { status: 400, message: 'The path is not one that can be used' },
  invalid_api_key: { status: 400, message: 'The key is not one that can be sent' },
  unsupported_scheme: { status: 400, message: 'Only http and https are supported' },
  token_in_query: { status: 400, message: 'A token belongs in the Authorization header, not in the address' },
  unauthorized: { status: 401, message: 'A valid token is needed' },
  host_not_allowed: { status: 403, message: 'The Host header is not on the list of allowed hosts' },
  origin_not_allowed: { status: 403, message: 'The page that asks is not of an allowed origin' },
  scope_too_small: { status: 403, message: 'The token does not allow this' },
  host_not_yours: { status: 403, message: 'The token is for another host' },
  egress_public_disabled: { status: 403, message: 'Addresses of the public internet are switched off' },
  not_found: { status: 404, message: 'There is nothing here' },
  unknown_model: { status: 404, message: 'No model has this id' },
  unknown_job: { status: 404, message: 'No job has this id' },
  unknown_task: { status: 404, message: 'No task of this job has this id' },
  unknown_endpoint: { status: 404, message: 'No endpoint has this id' },
  method_not_allowed: { status: 405, message: 'This method is not allowed here' },
  action_not_supported: { status: 409, message: 'This action does not exist in the present state' },
  job_running: { status: 409, message: 'The job is running' },
  job_finished: { status: 409, message: 'The job is done; nothing of it is left to run' },
  no_executor: { status: 409, message: 'This hub does not run jobs' },
  model_disabled: { status: 409, message: 'The model is disabled' },
  duplicate_endpoint: { status: 409, message: 'This server is watched already' },
  self_reference: { status: 409, message: 'This is the address of the hub itself' },
  replayed: { status: 409, message: 'This report is older than the last one' },
  limit_reached: { status: 409, message: 'There are as many as there may be' },
  start_failed: { status: 409, message: 'The model did not start' },
  yaml_too_large: { status: 413, message: 'The text is larger than 256 KiB' },
  payload_too_large: { status: 413, message: 'The body is too large' },
  uri_too_long: { status: 414, message: 'The address is too long' },
  unsupported_media_type: { status: 415, message: 'Send application/json, uncompressed' },
  invalid_argument: { status: 422, message: 'A value is not what it should be' },
  invalid_settings: { status: 422, message: 'Some fields have values that are not allowed' },
  invalid_job: { status: 422, message: 'Some fields of the job have values that are not allowed' },
  out_of_range: { status: 422, message: 'A number is outside of what is allowed' },
  limit_exceeded: { status: 422, message: 'The job is larger than what is allowed' },
  duplicate_task_id: { status: 422, message: 'Two tasks have the same id' },
  invalid_id: { status: 422, message: 'An id has characters that no id may have' },
  invalid_yaml: { status: 422, message: 'The text is not the YAML of a job' },
  alias_not_allowed: { status: 422, message: 'Anchors and aliases are not allowed in jobs' },
  tag_not_allowed: { status: 422, message: 'Tags are not allowed in jobs' },
  yaml_too_deep: { status: 422, message: 'The text is nested too deeply' },
  blocked_address: { status: 422, message: 'This address is never called' },
  blocked_port: { status: 422, message: 'This port is never called' },
  upgrade_refused: { status: 426, message: 'This server speaks plain HTTP/1.1 only' },
  too_many_attempts: { status: 429, message: 'Too many wrong tokens came from this address' },
  rate_limited: { status: 429, message: 'This was asked too often; wait as long as Retry-After says' },
  too_many_headers: { status: 431, message: 'The request has too many headers' },
  internal: { status: 500, message: 'Something went wrong here; the log says what' },
  store_failed: { status: 503, message: 'The change could not be kept' },
  endpoint_unreachable: { status: 502, message: 'The attached server did not answer as it should' },
  no_port_available: { status: 503, message: 'No port is free for the server' },
  disposed: { status: 503, message: 'The hub is shutting down' },
  starting: { status: 503, message: 'The hub is starting' },
};

/** The body of every answer that reports an error. */
export interface HttpErrorBody {
  readonly error: {
    readonly code: HttpErrorCode;
    readonly message: string;
    readonly retryable: boolean;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}

/** The status that goes with a code. */
export function statusOf(code: HttpErrorCode): number {
  return table[code].status;
}

/** The body for a code, with the table's own message. */
export function errorBody(code: HttpErrorCode, details?: Readonly<Record<string, unknown>>): HttpErrorBody {
  const { status, message } = table[code];
  const retryable = status === 503 || status === 429;
  return { error: { code, message, retryable, ...(details && { details }) } };
}

/** The answer for a code. */
export function errorResponse(
  code: HttpErrorCode,
  headers: Readonly<Record<string, string>> = {},
  details?: Readonly<Record<string, unknown>>,
): Response {
  return Response.json(errorBody(code, details), { status: statusOf(code), headers });
}

/** The answer for something thrown: core's errors keep their words, everything else is `internal`. */
export function thrownResponse(error: unknown): Response {
  if (!(error instanceof CorralError)) return errorResponse('internal');
  const { code, message, retryable, details } = error;
  const body: HttpErrorBody = { error: { code, message, retryable, ...(details && { details }) } };
  return Response.json(body, { status: statusOf(code) });
}
