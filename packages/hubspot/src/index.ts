export { type HubSpotOptions, hubspot } from "./integration.ts";
export { API_VERSION } from "./paths.ts";
export type { HubSpotReferences, Owner, Pipeline, Stage } from "./references.ts";
export type { CrmObject } from "./streams/crm-object.ts";
export type { FormSubmission } from "./streams/engagements/form-submissions.ts";
export type { CrmEngagement, Engagement } from "./streams/engagements/record.ts";
