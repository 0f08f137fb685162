import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { type sendUnaryData, type Server, type ServerUnaryCall } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { batchAppend } from './batch-append.js';
import { answering, type Node } from './calls.js';
import { softDelete, tombstone } from './deletes.js';
import { unavailable } from './grpc-errors.js';
import { read } from './reads.js';
import { append } from './single-append.js';

type Empty = InstanceType<typeof shared.Empty>;
type SupportedMethods = InstanceType<typeof features.SupportedMethods>;
type ClusterInfo = InstanceType<typeof gossip.ClusterInfo>;

/** Adds the services that the client calls to a server. */
export const addServices = (server: Server, node: Node, address: () => { host: string; port: number }): void => {
  const { StreamsService } = streamsService;
  const asIs = (message: Uint8Array): Buffer => Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  server.addService(
    { ...StreamsService, read: { ...StreamsService.read, responseSerialize: asIs } },
    {
      read: read(node),
      append: answering(node, append),
      delete: answering(node, softDelete),
      tombstone: answering(node, tombstone),
      batchAppend: batchAppend(node),
    },
  );
  server.addService(featuresService.ServerFeaturesService, {
    // The client sends no credentials with these two.
    getSupportedMethods: (
      _call: ServerUnaryCall<Empty, SupportedMethods>,
      callback: sendUnaryData<SupportedMethods>,
    ) => (node.faults.isUnavailable ? callback(unavailable()) : callback(null, supportedMethods())),
  });
  server.addService(gossipService.GossipService, {
    read: (_call: ServerUnaryCall<Empty, ClusterInfo>, callback: sendUnaryData<ClusterInfo>) =>
      node.faults.isUnavailable ? callback(unavailable()) : callback(null, cluster(node, address())),
  });
};

const supportedMethods = (): SupportedMethods => {
  const methods: Readonly<Record<string, readonly string[]>> = {
    read: ['position', 'events'],
    append: [],
    delete: [],
    tombstone: [],
    batchappend: ['deadline_duration'],
  };
  const list = Object.entries(methods).map(([name, itsFeatures]) =>
    new features.SupportedMethod()
      .setMethodName(name)
      .setServiceName('event_store.client.streams.streams')
      .setFeaturesList([...itsFeatures]),
  );
  return new features.SupportedMethods().setMethodsList(list).setEventStoreServerVersion('24.6.0');
};

/** This node, and the leader where it is elsewhere. */
const cluster = (node: Node, self: { host: string; port: number }): ClusterInfo => {
  const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;
  const { leader } = node.faults;
  const members = [
    { ...self, state: leader === null ? LEADER : FOLLOWER },
    ...(leader === null ? [] : [{ ...leader, state: LEADER }]),
  ];
  return new gossip.ClusterInfo().setMembersList(
    members.map(({ host, port, state }) =>
      new gossip.MemberInfo()
        .setInstanceId(new shared.UUID().setString(randomUUID()))
        .setTimeStamp(`${Date.now()}0000`)
        .setState(state)
        .setIsAlive(true)
        .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port)),
    ),
  );
};
