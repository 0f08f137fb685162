import type { CallOptions, Client as GrpcClient, Metadata } from '@grpc/grpc-js';
import { EventStoreDBClient, UnavailableError } from '@eventstore/db-client';
import serverFeatures from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type { ServerFeaturesClient } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import { readConnectionString } from './connection-string.js';
import { DeadlinePassed, exceptionOf, isLinkFault, unavailable } from './faults.js';

/**
 * What the client keeps to its own methods. Those lose answers and end the process when a connection breaks (ADR 8),
 * so the calls are made here, on the connections that it finds, secures and authenticates. Its version is locked.
 */
interface ClientInternals {
  getGRPCClient<Service>(service: new (...args: never[]) => Service, name: string): Promise<Service>;
  callArguments(base: { readonly requiresLeader: boolean }, call: CallOptions): [Metadata, CallOptions];
  handleError(client: GrpcClient, error: Error): Promise<void>;
}

/** A connection to one node, shared by all calls until one of them finds it broken. */
export interface Link {
  readonly streams: StreamsClient;
  /** Aborted when the connection is left for another one. */
  readonly left: AbortSignal;
}

export interface Connection {
  /** Hosts and ports, without credentials. */
  readonly address: string;
  /** How long a call may wait for an answer. */
  readonly deadlineMs: number;
  /** A connection on which the server has answered. @throws StoreUnavailable */
  readonly link: () => Promise<Link>;
  /** Lets the next call take another connection, to the leader if the fault names it. */
  readonly leave: (link: Link, fault: unknown) => void;
  /** What a call is made with; the deadline is the caller's to keep. */
  readonly callArguments: (to: { readonly requiresLeader: boolean }) => [Metadata, CallOptions];
  readonly close: () => void;
}

/** The first version whose subscriptions say that they have caught up. */
const oldest = [23, 10] as const;

const requireVersion = (address: string, methods: SupportedMethods): void => {
  const version = methods.getEventStoreServerVersion();
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return;
  const isOlder = Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1]);
  if (isOlder) throw new StoreUnavailable(`EventStoreDB at ${address} is ${version}: run ${oldest.join('.')} or later`);
};

const within = async <Result>(ms: number, work: Promise<Result>): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlinePassed(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

const clientOf = (
  text: string,
  deadlineMs: number,
): { readonly client: EventStoreDBClient; readonly address: string } => {
  const { connectionString, address } = readConnectionString(text, deadlineMs);
  try {
    return { client: EventStoreDBClient.connectionString(connectionString), address };
  } catch (error) {
    throw unavailable(address, error);
  }
};

/**
 * Connects when first used.
 * @throws StoreUnavailable when the connection string is none, or a certificate it names can't be read
 */
export const connectionTo = (connectionString: string, deadlineMs: number): Connection => {
  const { client, address } = clientOf(connectionString, deadlineMs);
  const internals = client as unknown as ClientInternals;
  let current: Promise<Link> | undefined;
  let leaving: Promise<void> = Promise.resolve();
  let standing: { readonly link: Link; readonly left: AbortController } | undefined;
  let isClosed = false;

  const closedError = (): StoreUnavailable => new StoreUnavailable(`The event store on ${address} is closed`);

  const callArguments: Connection['callArguments'] = (to) => internals.callArguments(to, { deadline: Infinity });

  const greet = (features: ServerFeaturesClient): Promise<SupportedMethods> =>
    new Promise((resolve, reject) => {
      const [metadata] = callArguments({ requiresLeader: false });
      const deadline = Date.now() + deadlineMs;
      features.getSupportedMethods(new shared.Empty(), metadata, { deadline }, (error, methods) =>
        error === null ? resolve(methods) : reject(error),
      );
    });

  const forget = (grpc: GrpcClient, fault: unknown): void => {
    const namesLeader = exceptionOf(fault) === 'not-leader' && fault instanceof Error;
    // Rejects when no node is found for the next connection, which whoever asks for that is told.
    leaving = internals.handleError(grpc, namesLeader ? fault : new UnavailableError()).catch(() => undefined);
  };

  const find = async (): Promise<readonly [StreamsClient, ServerFeaturesClient]> => {
    await leaving;
    return Promise.all([
      internals.getGRPCClient<StreamsClient>(streamsService.StreamsClient, 'streams'),
      internals.getGRPCClient<ServerFeaturesClient>(serverFeatures.ServerFeaturesClient, 'features'),
    ]);
  };

  const open = async (): Promise<Link> => {
    try {
      const [streams, features] = await within(deadlineMs, find());
      try {
        requireVersion(address, await greet(features));
        if (isClosed) throw closedError();
      } catch (error) {
        forget(streams, error);
        throw error;
      }
      const left = new AbortController();
      standing = { link: { streams, left: left.signal }, left };
      return standing.link;
    } catch (error) {
      throw unavailable(address, error);
    }
  };

  return {
    address,
    deadlineMs,
    callArguments,
    link: () => {
      if (isClosed) return Promise.reject(closedError());
      if (current !== undefined) return current;
      const opening = open();
      current = opening;
      opening.catch(() => {
        if (current === opening) current = undefined;
      });
      return opening;
    },
    leave: (link, fault) => {
      if (standing?.link !== link || !isLinkFault(fault)) return;
      const { left } = standing;
      standing = undefined;
      current = undefined;
      forget(link.streams, fault);
      left.abort();
    },
    close: () => {
      isClosed = true;
      standing?.left.abort();
      standing?.link.streams.close();
    },
  };
};
