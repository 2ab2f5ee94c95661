/** What people say around a matter. Slots in braces are filled with the matter's own facts. */

const lines = (text: string): readonly string[] =>
  text
    .trim()
    .split("\n")
    .map((line) => line.trim());

export const GREETINGS = lines(`
  Hi everyone, can you hear me all right?
  Morning. Yes, loud and clear, the picture is a bit behind the sound though.
  Give me one second, I have to find the right window. There we go.
  Hello, sorry, I was in the wrong meeting. I think I still had last week's link open.
  Good to see you all again. How was the move to the new office?
  Busy, but fine. We are still unpacking boxes and half of the chairs are missing.
  Is anybody else joining from your side, or shall we begin?
  I think {colleague} wanted to drop in for the second half, but we can start without them.
  Just so you know, this call is being recorded so that I don't have to take notes the whole time.
  That's fine with me. Please send me the recording afterwards, my colleague in {city} missed the last one.
  It is raining sideways here in {city}, so if you hear drumming, that's the roof.
  Okay, I can see your screen now. Could you zoom in a little?`);

export const AGENDAS = lines(`
  All right, let's get going. I put three points on the list, and if there is time left we can look at the roadmap.
  Thanks for making the time. I'd like to start with what is still open from last time and then go through your questions.
  So the plan for today: first where you stand, then what hurts, and then who does what until {date}.
  I have about forty minutes, so let me propose that we take the difficult thing first.
  Before we dive in, did anything change on your side since we talked in {month}?
  I'll share the document as we go, and please stop me when something is wrong in it.`);

export const PROBES = lines(`
  How many people does that affect, roughly?
  And how are you dealing with it today, is somebody doing that by hand?
  When did that start, was it before or after the update to {version}?
  What would a good outcome look like for you by {date}?
  Let me make sure I understand. Is that the same thing {colleague} wrote to us about?
  Is that something the whole team at {company} sees, or only the office in {city}?
  If I had to rank it against the other points, where would it be?
  Who else on your side has to agree before we can change that?
  What happens when you simply wait? Does it recover, or do you have to do something?
  Do you have a number for that? Even a rough one helps me when I talk to our product people.
  And that is with {product}, not with one of the older modules, right?`);

export const ACKNOWLEDGEMENTS = lines(`
  Right.
  Mm-hm.
  Okay, that makes sense.
  Yes, exactly.
  I see what you mean.
  Yeah, we have heard that from others too.
  Got it, I'm writing that down.
  Fair enough.
  No, that's helpful, thank you for being so direct.
  Good point, I hadn't thought of that.
  Sure, go ahead.
  Sorry, you go first.`);

/** What the vendor's people answer, whatever the matter is. */
export const ANSWERS = lines(`
  So, what I can say today is that it is known, and that it is being worked on. I don't want to promise a date before I have talked to the team.
  There are two ways to do it. The quick one is a setting that I can switch on for you right now, the proper one takes until {month}.
  We had the same situation with another customer of about your size, and what worked for them was to start with one department.
  Honestly, that part of {product} has not changed in two years. It is due for an overhaul, and your example is a good argument for it.
  I can show you. If you open the settings and go to the second tab, there is a switch that most people never find.
  That is not how it was meant to work. Let me take it back to engineering with your example attached.
  The limit is there for a reason, but it isn't carved in stone. For {seats} seats we can certainly talk about it.
  You are right, the documentation says something else there. I'll have it corrected.
  It depends a little on the plan you are on. With yours it is included, you only have to ask for it once.
  We tested exactly that last week with about {number} records, and it took a bit under an hour.`);

/** What somebody takes upon themselves; each becomes an action item. */
export const COMMITMENTS: readonly { readonly said: string; readonly item: string }[] = [
  {
    said: "I'll send you a summary of this with the open points by {date}.",
    item: "Send a summary with the open points by {date}",
  },
  {
    said: "Let me ask {colleague} and come back to you with an answer before {date}.",
    item: "Ask {colleague} and report back before {date}",
  },
  {
    said: "I am going to set up a test workspace for you, so that your people can try it without touching real data.",
    item: "Set up a test workspace for {company}",
  },
  {
    said: "I can have a revised offer with you by {date}, with the modules listed one by one.",
    item: "Prepare a revised offer by {date} with every module listed",
  },
  {
    said: "Can you send me the log of one failed attempt? Then I'll open a ticket with our second level right away.",
    item: "Open a ticket with second level once the log has arrived",
  },
  {
    said: "I'll put a session with one of our engineers into the calendar, {time} on {date} if that works.",
    item: "Book a session with an engineer at {time} on {date}",
  },
  {
    said: "We will switch that on for you this week and I'll write when it is done.",
    item: "Switch the setting on for {company} and confirm",
  },
  {
    said: "I'll bring it up in our planning round on {date} and tell you honestly what they say.",
    item: "Bring the request up in the planning round on {date}",
  },
];

/** What the customer takes upon themselves. */
export const CUSTOMER_COMMITMENTS: readonly { readonly said: string; readonly item: string }[] = [
  {
    said: "I'll collect the examples from my team and send them over by {date}.",
    item: "Collect examples from the team and send them by {date}",
  },
  {
    said: "Let me check with our finance people, I should know more on {date}.",
    item: "Check with finance until {date}",
  },
  {
    said: "I will nominate two people who can test it, probably {colleague} and somebody from the warehouse.",
    item: "Nominate two testers",
  },
];

export const CONFIRMATIONS = lines(`
  Perfect, that would help us a lot.
  All right. And if it gets later than that, just tell me, no drama.
  Good. Then we hold our side until we hear from you.
  Great, thank you.
  That works for us.`);

export const RECAPS = lines(`
  Okay, so let me say that back to you.
  Then I'll note it like this.
  Good, so for the minutes.
  So where we are with that.`);

/** Small talk and detours, so that a transcript is not only substance. */
export const DETOURS = lines(`
  Sorry, somebody is at the door. I'm back in ten seconds.
  You were frozen for a moment. Could you repeat the last sentence?
  By the way, the new layout is a lot nicer. I meant to say that the whole time.
  That reminds me, are you going to the conference in {city} this year?
  I have to charge my laptop, keep talking, I can still hear you.
  Ha, I had the same conversation with our own IT last week.
  You're on mute. Still on mute. Now we hear you.
  Somebody is typing very loudly, I think it's me.`);

export const CLOSINGS = lines(`
  I think that's everything from my side. Anything else that we should talk about?
  No, that was all. Thank you, that was really useful.
  Then I give you ten minutes of your day back. Same time in two weeks?
  Same time works. I'm on holiday until {date}, but {colleague} will be there.
  Thanks everybody, talk soon.
  Bye, take care.
  Bye bye.`);

/** What colleagues talk about when no customer is there. */
export const INTERNAL_TITLES = [
  "Team weekly",
  "Pipeline review",
  "Product and support sync",
  "Hiring round-up",
  "Retro {month}",
  "One-on-one",
] as const;

export const MEETING_TITLES = [
  "{company}: {subject}",
  "Acme x {company}",
  "Check-in {company}",
  "Quarterly review with {company}",
  "{subject}",
  "Call with {company} about {product}",
  "Demo of {product} for {company}",
] as const;
