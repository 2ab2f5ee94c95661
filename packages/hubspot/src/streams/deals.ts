import type { Paths } from "../paths.ts";
import { associatedIds } from "./crm-object.ts";
import { crmStream } from "./crm-stream.ts";
import { customerLinks } from "./customer-links.ts";
import { ownerColumns } from "./owner-columns.ts";
import { decimal, flag, text, timestamp } from "./property-values.ts";

export const deals = (paths: Paths) =>
  crmStream(paths, "deals", {
    name: "Deals",
    columns: {
      name: "text",
      amount: "numeric",
      currency: "text",
      pipeline_id: "text",
      pipeline: "text",
      stage_id: "text",
      stage: "text",
      is_closed: "boolean",
      is_won: "boolean",
      close_date: "timestamptz",
      type: "text",
      description: "text",
      owner_id: "text",
      owner_name: "text",
      contact_ids: "jsonb",
      company_ids: "jsonb",
      created_at: "timestamptz",
    },
    row: (deal, { owners, pipelines }) => {
      const pipelineId = text(deal, "pipeline");
      const stageId = text(deal, "dealstage");
      const pipeline = pipelines.get(pipelineId ?? "");
      const stage = pipeline?.stages.get(stageId ?? "");
      return {
        name: text(deal, "dealname"),
        amount: decimal(deal, "amount"),
        currency: text(deal, "deal_currency_code"),
        pipeline_id: pipelineId,
        pipeline: pipeline?.label ?? null,
        stage_id: stageId,
        stage: stage?.label ?? null,
        is_closed: flag(deal, "hs_is_closed") ?? stage?.isClosed ?? null,
        is_won: flag(deal, "hs_is_closed_won") ?? stage?.isWon ?? null,
        close_date: timestamp(deal, "closedate"),
        type: text(deal, "dealtype"),
        description: text(deal, "description"),
        ...ownerColumns(deal, owners),
        contact_ids: associatedIds(deal, "contacts"),
        company_ids: associatedIds(deal, "companies"),
        created_at: timestamp(deal, "createdate"),
      };
    },
    links: customerLinks,
    counts: [
      {
        as: "deal",
        columns: {
          name: "name",
          pipeline: "pipeline",
          stage: "stage",
          owner: "owner_name",
          amount: "amount",
          currency: "currency",
          closed: "is_closed",
          won: "is_won",
          at: "close_date",
          created_at: "created_at",
        },
      },
    ],
  });
