/** The errors of the simulated API: each is a Status, and where it is raised decides nothing else. */
import { qualified, type ResourceNames } from './resource-names.ts';
import type { StatusDetails, StatusObject } from './api-object.ts';

/** An answer other than success; carries the Status the client is sent. */
export class ApiError extends Error {
  readonly status: StatusObject;

  constructor(status: StatusObject) {
    super(status.message);
    this.status = status;
  }
}

/** 400 for parameters that cannot be read. */
export function badRequest(message: string): ApiError {
  return new ApiError({ message, reason: 'BadRequest', code: 400 });
}

/** 401, worded as the server does. */
export function unauthorized(): ApiError {
  return new ApiError({ message: 'Unauthorized', reason: 'Unauthorized', code: 401 });
}

/** 403, as RBAC answers a LIST. @param namespace empty for all there are */
export function listForbidden(resource: ResourceNames, namespace: string): ApiError {
  const { group, plural } = resource;
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return new ApiError({
    message: `${qualified(resource)} is forbidden: User "simulated" cannot list resource "${plural}" in API group "${group}" ${scope}`,
    reason: 'Forbidden',
    details: detailsOf(resource),
    code: 403,
  });
}

/** 404 for a path this server does not know. */
export function noSuchResource(): ApiError {
  return new ApiError({
    message: 'the server could not find the requested resource',
    reason: 'NotFound',
    details: {},
    code: 404,
  });
}

/** 404 for an object that is not there. */
export function objectNotFound(resource: ResourceNames, name: string): ApiError {
  return new ApiError({
    message: `${qualified(resource)} "${name}" not found`,
    reason: 'NotFound',
    details: { name, ...detailsOf(resource) },
    code: 404,
  });
}

function detailsOf({ group, plural }: ResourceNames): StatusDetails {
  return group === '' ? { kind: plural } : { group, kind: plural };
}

/** 405 for a method a path does not have. */
export function methodNotAllowed(): ApiError {
  return new ApiError({
    message: 'the server does not allow this method on the requested resource',
    reason: 'MethodNotAllowed',
    details: {},
    code: 405,
  });
}

/** 406 for an Accept header without an encoding we speak. */
export function notAcceptable(): ApiError {
  return new ApiError({
    message:
      'only the following media types are accepted: application/json, application/vnd.kubernetes.protobuf',
    reason: 'NotAcceptable',
    details: {},
    code: 406,
  });
}

/** 415 for a patch of another type. */
export function unsupportedMediaType(): ApiError {
  return new ApiError({
    message:
      'the body of the request was in an unknown format - accepted media types include: ' +
      'application/merge-patch+json, application/strategic-merge-patch+json',
    reason: 'UnsupportedMediaType',
    details: {},
    code: 415,
  });
}

/** 422 for list options that contradict each other. */
export function invalidListOptions(problem: string): ApiError {
  return new ApiError({
    message: `ListOptions.meta.k8s.io "" is invalid: ${problem}`,
    reason: 'Invalid',
    details: {},
    code: 422,
  });
}

/** 422 for a patch of fields the simulator does not change. */
export function unprocessablePatch(fields: readonly string[]): ApiError {
  return new ApiError({
    message: `the simulator does not patch ${fields.join(', ')}`,
    reason: 'Invalid',
    details: {},
    code: 422,
  });
}

/** 500 for a resourceVersion that is no number; the real server says 500 too, and gives no reason. */
export function invalidResourceVersion(value: string): ApiError {
  return new ApiError({
    message: `resourceVersion: Invalid value: "${value}": strconv.ParseUint: parsing "${value}": invalid syntax`,
    code: 500,
  });
}

/** 410 for a watch that starts before the history; sent inside the stream. */
export function resourceVersionTooOld(requested: number, oldest: number): ApiError {
  return new ApiError({
    message: `too old resource version: ${requested} (${oldest})`,
    reason: 'Expired',
    code: 410,
  });
}

/** 504 for a state that is not reached yet; sent inside the stream by a watch-list. */
export function resourceVersionTooLarge(requested: number, current: number): ApiError {
  return new ApiError({
    message: `Timeout: Too large resource version: ${requested}, current: ${current}`,
    reason: 'Timeout',
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
    code: 504,
  });
}
