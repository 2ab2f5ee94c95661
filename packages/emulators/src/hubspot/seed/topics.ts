/** What customers and a software vendor write to each other about. Slots in braces are filled per text. */
export interface Topic {
  readonly id: string;
  readonly subjects: readonly string[];
  /** What the matter is. */
  readonly openings: readonly string[];
  readonly details: readonly string[];
  readonly asks: readonly string[];
  /** What was agreed or done. */
  readonly outcomes: readonly string[];
}

export const TOPICS: readonly Topic[] = [
  {
    id: "pricing",
    subjects: [
      "Pricing for {seats} seats of {product}",
      "Quote {code} for {company}",
      "Volume discount on {product}?",
    ],
    openings: [
      "We are comparing {product} with two other vendors and the price per seat is what the decision hangs on.",
      "Thank you for the quote; our budget for this year is capped at {amount}.",
      "The list price for {product} came out at {amount} for {seats} seats, which is above what {company} planned.",
      "Finance asked whether the annual plan can be billed quarterly without losing the {percent}% discount.",
    ],
    details: [
      "Most of the seats would be read-only users who log in once a month.",
      "A competitor offered the same number of licences for about {percent}% less, onboarding included.",
      "We would sign for three years if the price stays fixed for the whole term.",
      "The usage-based tier looks cheaper on paper, but our traffic doubles every November.",
      "Our procurement team needs the price broken down by module.",
    ],
    asks: [
      "Can you send a revised offer before {date}?",
      "Is there a non-profit or education tariff we could apply for?",
      "Could you confirm whether sandbox seats are charged?",
    ],
    outcomes: [
      "Agreed to a {percent}% discount against a two-year commitment, pending approval by {colleague}.",
      "Revised quote {code} over {amount} was sent and is valid until {date}.",
      "The customer accepted the list price in exchange for free onboarding.",
    ],
  },
  {
    id: "renewal",
    subjects: [
      "Renewal on {date}",
      "Your {product} subscription is up for renewal",
      "Auto-renewal clause in contract {code}",
    ],
    openings: [
      "Our contract for {product} ends on {date} and we would like to talk about the terms before it renews.",
      "I noticed the auto-renewal clause requires ninety days of notice, so I am writing in good time.",
      "Renewal planning has begun at {company} and {product} is on the list.",
      "The subscription renews at {amount}, which is {percent}% more than last year.",
    ],
    details: [
      "Usage grew to {seats} active people, so a larger package may make sense.",
      "Two departments stopped using the tool after the reorganisation.",
      "Our legal team wants the liability cap raised to twelve months of fees.",
      "We would prefer to move the renewal date to the start of the fiscal year.",
      "The board approved the renewal in principle but asked for an exit clause.",
    ],
    asks: [
      "Could we shorten the term to one year?",
      "Please send the renewal order form to {colleague}.",
      "What happens to our data if we do not renew?",
    ],
    outcomes: [
      "Renewed for twenty-four months at {amount} a year; countersigned copy filed under {code}.",
      "Renewal moved to {date} so that it matches the customer's fiscal year.",
      "Customer gave notice for the add-on only; the core licence renews unchanged.",
    ],
  },
  {
    id: "onboarding",
    subjects: [
      "Onboarding plan for {company}",
      "Kick-off of {product} on {date}",
      "Training for the new team",
    ],
    openings: [
      "We are ready to start the rollout of {product} and would like to fix the kick-off.",
      "Our first {seats} users get access next week and none of them has seen the product before.",
      "The onboarding checklist is half done; the import of historical data is still open.",
      "Thanks for yesterday's training, the recording has already been watched by the whole department.",
    ],
    details: [
      "The team sits in {city} and works in two shifts, so one session will not reach everybody.",
      "Single sign-on has to work before we invite anybody outside of IT.",
      "We want champions in every branch who can answer first questions.",
      "The spreadsheet import stopped at row {number} because of a date in the wrong format.",
      "The sample data in the workspace should be removed before people log in.",
    ],
    asks: [
      "Can {colleague} run a second workshop for the evening shift?",
      "Which permissions should a team lead have on the first day?",
      "Could you share a template for the announcement mail?",
    ],
    outcomes: [
      "Kick-off is fixed for {date}; {colleague} owns the data import.",
      "Eighteen of twenty checklist items are closed, go-live stays on {date}.",
      "A second training for the evening shift was booked.",
    ],
  },
  {
    id: "sso",
    subjects: ["SAML login fails for {company}", "SSO with Okta", "SCIM provisioning question"],
    openings: [
      "Since this morning nobody at {company} can log in through single sign-on.",
      "We are moving our identity provider from Okta to Entra ID and need new SAML metadata.",
      "SCIM creates the users, but it does not put them into the right groups.",
      "The SAML assertion is rejected with error {code} although the certificate was renewed.",
    ],
    details: [
      "The audience value in the assertion ends with a slash and yours does not.",
      "Our signing certificate expires on {date}, so both must be valid for some days.",
      "People with two mail addresses end up with two accounts.",
      "Password login has been switched off by policy, so there is no way around it.",
      "The log shows a clock difference of {number} seconds between the two servers.",
    ],
    asks: [
      "Can you upload the second certificate next to the first one?",
      "Is just-in-time provisioning available on our plan?",
      "Please tell us which attribute you use as the name identifier.",
    ],
    outcomes: [
      "The entity id was corrected and logins work again since {time}.",
      "Both certificates are active until {date}; after that the old one is removed.",
      "Group mapping by SCIM was enabled for the tenant, tested with three users.",
    ],
  },
  {
    id: "api-limits",
    subjects: [
      "Hitting the API limit every night",
      "429 responses from {product}",
      "Raising our request quota",
    ],
    openings: [
      "Our nightly export hits the rate limit after about {number} requests and then stops.",
      "We see a lot of 429 answers from the {product} API since the last release.",
      "The integration that {company} built reads every record one by one, which burns the daily quota by noon.",
    ],
    details: [
      "There is no Retry-After header, so our client simply waits ten seconds.",
      "The batch endpoint would help, but it does not return custom fields.",
      "We moved polling from every minute to every fifteen and still run out.",
      "A webhook for changed orders would make most of these calls unnecessary.",
      "Each page holds {seats} rows and the whole export takes more than {number} pages.",
    ],
    asks: [
      "Can the quota be raised to {number} calls an hour?",
      "Is there a bulk endpoint that we have overlooked?",
      "Could you tell us which token causes the traffic?",
    ],
    outcomes: [
      "Quota raised to {number} calls an hour until {date}; the customer will move to batch reads.",
      "The misbehaving job was an old script of {colleague}, now switched off.",
      "Recommended the change feed instead of full exports; documentation was sent.",
    ],
  },
  {
    id: "invoices",
    subjects: [
      "Invoice {code} has the wrong address",
      "Payment of invoice {code}",
      "VAT number missing on invoice",
    ],
    openings: [
      "Invoice {code} over {amount} was addressed to our old office and cannot be booked.",
      "Our accounting says that invoice {code} is still unpaid, but the transfer left on {date}.",
      "We were charged twice for {product} this month.",
      "The VAT number is missing on the last three invoices for {company}.",
    ],
    details: [
      "The purchase order number has to appear on every invoice or it is sent back.",
      "The remittance reference was {code}, maybe it was matched to another customer.",
      "Our bank deducted a fee, which explains the difference of a few euros.",
      "The billing contact changed; please remove the former colleague from the list.",
      "Reminders keep coming although the credit note was already issued.",
    ],
    asks: [
      "Please cancel it and issue a corrected one.",
      "Can you resend the PDF to accounts payable?",
      "When will the {amount} be refunded?",
    ],
    outcomes: [
      "Credit note {code} issued and the corrected invoice sent on {date}.",
      "Payment found and matched; the dunning run has been stopped.",
      "Refund of {amount} approved by {colleague}, five working days.",
    ],
  },
  {
    id: "churn-risk",
    subjects: [
      "Thinking about cancelling",
      "Feedback after six months with {product}",
      "Escalation: {company}",
    ],
    openings: [
      "To be honest, we are thinking about leaving {product} when the term ends.",
      "Adoption at {company} has fallen to {percent}% of the licences we pay for.",
      "Our new director came from a company that used a competitor and is pushing for a switch.",
      "The last three outages cost us a lot of trust inside the company.",
    ],
    details: [
      "Support tickets stay open for more than a week before anybody answers.",
      "Reports take minutes to load, so people have gone back to spreadsheets.",
      "The feature we bought it for was postponed twice.",
      "Nobody feels responsible for the tool since {colleague} left.",
      "A pilot with another vendor is already running in {city}.",
    ],
    asks: [
      "What can you offer to keep us?",
      "I would like to speak with somebody from your management.",
      "How would an export of all our data look?",
    ],
    outcomes: [
      "Executive call arranged for {date}; success plan with weekly check-ins offered.",
      "Health score set to red, {colleague} takes over as sponsor.",
      "Customer stays for another quarter on the condition that the reports get faster.",
    ],
  },
  {
    id: "feature-request",
    subjects: ["Feature request: {feature}", "Wish: {feature} in {product}", "Vote for {feature}"],
    openings: [
      "Our team would love to have {feature} in {product}.",
      "Is {feature} on your roadmap?",
      "We work around the missing {feature} with a manual list, which takes {number} minutes a day.",
    ],
    details: [
      "It would be enough if only administrators could use it.",
      "Our colleagues in {city} asked for the same thing independently.",
      "The old system we replaced had it, so people ask for it every week.",
      "A simple version without settings would cover most of what we need.",
      "We could be a beta tester with around {seats} people.",
    ],
    asks: [
      "When could we expect it?",
      "Can you add our vote to the existing request?",
      "Would you be open to a paid development?",
    ],
    outcomes: [
      "Added the vote of {company} to idea {code}; product will review it in {month}.",
      "{feature} is planned for {month}; the customer joins the beta.",
      "Showed the workaround with saved filters, which is good enough for now.",
    ],
  },
  {
    id: "security-review",
    subjects: [
      "Security questionnaire for {product}",
      "Penetration test report",
      "Data processing agreement",
    ],
    openings: [
      "Before we can sign, our security team needs answers to the attached questionnaire.",
      "Please send the latest penetration test summary and your SOC 2 report.",
      "Our data protection officer has questions about the subprocessors you list.",
      "An auditor asked {company} where exactly the customer data is stored.",
    ],
    details: [
      "Data has to stay within the European Union, backups included.",
      "Encryption at rest must use keys that we can revoke.",
      "Retention of logs is limited to ninety days by our policy.",
      "Question {number} about incident response was left empty.",
      "We require notice within twenty-four hours of any breach.",
    ],
    asks: [
      "Who signs the data processing agreement on your side?",
      "Can we get the report under a non-disclosure agreement?",
      "Please confirm the deletion period after the contract ends.",
    ],
    outcomes: [
      "Questionnaire returned on {date}, two points remain open.",
      "DPA signed by both sides, filed under {code}.",
      "Security review passed; approval is valid for one year.",
    ],
  },
  {
    id: "bug-report",
    subjects: [
      "Bug: {product} loses attachments",
      "Error {code} when saving",
      "Wrong totals in the monthly report",
    ],
    openings: [
      "Saving a record in {product} fails with error {code} for about one in ten attempts.",
      "The totals in the monthly report differ from the sum of the rows by {amount}.",
      "Attachments larger than {number} kilobytes disappear after the upload says it is complete.",
      "Since the release on {date} the filter for closed tickets shows open ones as well.",
    ],
    details: [
      "It happens in Firefox and Chrome, but not in the mobile app.",
      "A screenshot and the browser log are attached.",
      "Clearing the cache helps for an hour, then it begins again.",
      "Only accounts with more than {seats} users seem to be affected.",
      "The time zone of the user makes a difference: people in {city} see another day.",
    ],
    asks: [
      "Is there a workaround until it is fixed?",
      "Please tell me the ticket number.",
      "Could you restore the lost files from a backup?",
    ],
    outcomes: [
      "Reproduced by engineering, tracked as {code}, fix planned for {date}.",
      "Fixed in version {version}; the customer confirmed.",
      "The cause was a rounding rule for partial refunds, corrected and recalculated.",
    ],
  },
  {
    id: "scheduling",
    subjects: ["Call next week?", "Moving our meeting to {date}", "Quarterly business review"],
    openings: [
      "Could we find half an hour next week to go through the open points?",
      "I have to move our meeting on {date} because of a conflict with the board.",
      "It is time for the quarterly business review with {company}.",
    ],
    details: [
      "Mornings work best for the colleagues in {city}.",
      "{colleague} will join from our side, and probably somebody from finance.",
      "Please keep it to thirty minutes, we are in the middle of the year-end closing.",
      "A room is booked at our office, but a video call is fine as well.",
      "I will be travelling until {date} and can only answer by mail.",
    ],
    asks: [
      "Would {date} at {time} suit you?",
      "Can you send an invitation with a dial-in?",
      "Could you share the agenda two days ahead?",
    ],
    outcomes: [
      "Meeting moved to {date} at {time}; invitations went out.",
      "Review took place with {seats} attendees, slides are in the shared folder.",
      "No reply after two attempts, next try on {date}.",
    ],
  },
  {
    id: "integrations",
    subjects: [
      "Connecting {product} with {tool}",
      "{tool} integration stopped syncing",
      "Webhook from {product} to {tool}",
    ],
    openings: [
      "We would like to connect {product} with {tool} so that orders need not be typed twice.",
      "The {tool} integration has not synced anything since {date}.",
      "Our developers ask for an example of how {product} talks to {tool}.",
    ],
    details: [
      "The field for the customer number has a different format on each side.",
      "Every record that was edited in {tool} comes back as a duplicate.",
      "The connection was set up by a person who has left {company}.",
      "Roughly {number} records are stuck in the queue.",
      "We need it in one direction only, from {tool} to {product}.",
    ],
    asks: [
      "Which scopes does the connection need?",
      "Can the sync be limited to one pipeline?",
      "Could {colleague} reconnect it with a service account?",
    ],
    outcomes: [
      "Reconnected with a service account; {number} records caught up within an hour.",
      "Mapping of the customer number changed, duplicates merged.",
      "The customer will use the generic webhook instead of the {tool} app.",
    ],
  },
  {
    id: "migration",
    subjects: ["Migration from {tool} to {product}", "Cut-over weekend {date}", "Historical data import"],
    openings: [
      "We plan to migrate everything from {tool} to {product} before {date}.",
      "The test migration moved {number} records and lost the comments on some of them.",
      "Our cut-over weekend is fixed and we need somebody on call.",
    ],
    details: [
      "Attachments alone are about {number} gigabytes.",
      "Old user ids have to survive, since links in mails point to them.",
      "We want to run both systems side by side for four weeks.",
      "The mapping table for categories is attached as a spreadsheet.",
      "Time stamps came over in local time instead of UTC.",
    ],
    asks: [
      "Can you raise the import limit for that weekend?",
      "Who can roll back if the checks fail?",
      "Is there a dry run mode that only reports errors?",
    ],
    outcomes: [
      "Second dry run finished with {number} warnings and no errors.",
      "Cut-over confirmed for {date}; {colleague} is on call.",
      "Comments were imported again, spot checks in {city} are fine.",
    ],
  },
  {
    id: "performance",
    subjects: ["{product} is slow in the afternoon", "Dashboard timeout", "Slow search for {company}"],
    openings: [
      "Every afternoon the dashboard takes more than {number} seconds to open.",
      "Search in {product} has become slow since we imported the archive.",
      "People in {city} complain about time-outs while the rest of the company is fine.",
    ],
    details: [
      "The network team measured the line and found nothing unusual.",
      "It gets better when the date range is set to a single month.",
      "Our largest list has around {number} entries with twenty columns.",
      "The browser shows one request that waits almost the whole time.",
    ],
    asks: [
      "Can you look at the server side for our tenant?",
      "Would archiving old projects help?",
      "Is there a status page for our region?",
    ],
    outcomes: [
      "A missing index was added; the page now opens in two seconds.",
      "Tenant moved to another cluster on {date}.",
      "Advised to archive projects older than two years, {number} were archived.",
    ],
  },
  {
    id: "contract",
    subjects: [
      "Redlines to the master agreement",
      "Signature needed for order {code}",
      "NDA before the workshop",
    ],
    openings: [
      "Attached you find the redlines of our legal team to the master agreement.",
      "The order form {code} still lacks a signature from {company}.",
      "Before the workshop on {date} we need a mutual non-disclosure agreement.",
    ],
    details: [
      "Governing law should be that of our home country.",
      "The payment term of thirty days has to become forty-five.",
      "Clause {number} on audit rights is not acceptable as written.",
      "Our signatory, {colleague}, is away until {date}.",
    ],
    asks: [
      "Can your counsel join a short call?",
      "Could you send it through the signing tool again?",
      "Please accept the changes or mark what is open.",
    ],
    outcomes: [
      "All redlines settled but the liability cap.",
      "Signed on {date} and stored under {code}.",
      "Legal agreed to forty-five days in exchange for yearly prepayment.",
    ],
  },
  {
    id: "hardware",
    subjects: ["Delivery of {seats} scanners", "Replacement for a broken terminal", "Return {code}"],
    openings: [
      "Of the {seats} scanners that arrived in {city}, three do not switch on.",
      "The delivery promised for {date} has not reached our warehouse.",
      "We would like to return unopened devices from order {code}.",
    ],
    details: [
      "The carrier says the parcel was refused at the gate.",
      "Serial numbers are listed in the attached sheet.",
      "The charging cradle gets hot after an hour.",
      "Firmware {version} fixed the display but broke the bar-code reader.",
    ],
    asks: [
      "Can replacements be sent by express?",
      "Where should we send the broken ones?",
      "Who pays for the return?",
    ],
    outcomes: [
      "Replacement shipped by express, tracking {code}.",
      "Return accepted; {amount} will be credited.",
      "Carrier claim opened by {colleague}.",
    ],
  },
];

export const TOOLS = [
  "Salesforce",
  "Zendesk",
  "NetSuite",
  "Jira",
  "Shopify",
  "SAP",
  "Slack",
  "Xero",
  "Snowflake",
  "Asana",
];

export const FEATURES = [
  "dark mode",
  "bulk editing",
  "approval steps",
  "an offline mode",
  "custom roles",
  "scheduled exports",
  "two-way calendar sync",
  "an audit log",
  "conditional fields",
  "multi-currency totals",
  "keyboard shortcuts",
  "barcode scanning",
];

export const CLOSINGS = [
  "Best regards",
  "Kind regards",
  "Thanks",
  "Cheers",
  "Many thanks",
  "All the best",
  "Sincerely",
];

export const FILLERS = [
  "Sorry for the short notice.",
  "I have copied {colleague} so that everybody is on the same page.",
  "We talked about this briefly on the phone last week.",
  "Nothing urgent, but I would like to have it off my list.",
  "This has come up twice now, so I am putting it in writing.",
  "By the way, the new layout has been received well here.",
  "I hope you had a good start into the week.",
  "Let me know if anything is unclear.",
  "For context: {company} has about {seats} people working with it.",
  "Our deadline for this is {date}.",
];
