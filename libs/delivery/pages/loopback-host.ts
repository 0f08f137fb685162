const loopback = /^(?:localhost|[a-z\d-]+(?:\.[a-z\d-]+)*\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Whether a `Host` header names this machine as only this machine can. A foreign name that was pointed at a loopback
 * address (DNS rebinding) does not.
 */
export const isLoopbackHost = (host: string | undefined): boolean =>
  host !== undefined && loopback.test(host.replace(/:\d{1,5}$/, ''));
