export { actionCall } from "./action-call.ts";
export { connectionOf } from "./connection-of.ts";
export type { EmbedderContractOptions } from "./embedder-contract.ts";
export { embedderContract, embedderPromises } from "./embedder-contract.ts";
export type { FakeClock } from "./fake-clock.ts";
export { fakeClock } from "./fake-clock.ts";
export { forgedDelivery } from "./forged-delivery.ts";
export {
  base64Edit,
  forgeryFuzz,
  hexEdit,
  type Pick,
  type SignedParts,
  withEdit,
  withForgedParts,
} from "./forgery-fuzz.ts";
export { type Follows, readmeContract, readmeTables } from "./integration-readme.ts";
export { type KnownPerson, knownPeople } from "./known-people.ts";
export type { LanguageModelContractOptions } from "./language-model-contract.ts";
export { languageModelContract, languageModelPromises } from "./language-model-contract.ts";
export type { OpenedSink, SinkPromise } from "./notification-sink-contract.ts";
export { notificationSinkContract, sinkPromises, sinkRequest } from "./notification-sink-contract.ts";
export { type ReceiverUnderTest, receiverContract } from "./receiver-contract.ts";
export { genuineDeliveries, signatureVectors } from "./signature-vectors.ts";
export {
  type DeliveryChanges,
  deliveredAt,
  type SigningScheme,
  signatureOf,
  signedDelivery,
} from "./signing-scheme.ts";
export type { ContractOptions } from "./storage-contract.ts";
export {
  actionStoreContract,
  agentStoreContract,
  approvalStoreContract,
  connectionStoreContract,
  customerStoreContract,
  deliveryStoreContract,
  jobStoreContract,
  knowledgeStoreContract,
  learningStoreContract,
  leaseStoreContract,
  meetingStoreContract,
  notificationStoreContract,
  pageStoreContract,
  runStoreContract,
  segmentStoreContract,
  standingStoreContract,
  storageContract,
  storagePromises,
} from "./storage-contract.ts";
export type { OpenedStorage, OpenStorage, StoragePromise, StorageTest } from "./storage-promise.ts";
export { contractMirrors, contractSetup, storageTest } from "./storage-promise.ts";
export type { StreamUnderTest } from "./stream-contract.ts";
export { streamContract, streamPromises } from "./stream-contract.ts";
export type { VendorWorld } from "./vendor-world.ts";
export {
  connectByConsent,
  heldSchedule,
  loadLate,
  meetingsWorld,
  receivingFetch,
  workFor,
} from "./vendor-world.ts";
export { type VerifierMistakes, verifierContract } from "./verifier-contract.ts";
