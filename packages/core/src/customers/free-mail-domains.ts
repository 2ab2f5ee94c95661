/**
 * Domains whose addresses belong to people and not to an organisation. From general knowledge of the large mail
 * providers; a missing one makes strangers look like colleagues, so rather one too many.
 */
export const freeMailDomains: ReadonlySet<string> = new Set(
  `gmail.com googlemail.com outlook.com outlook.de outlook.fr outlook.es outlook.it outlook.jp outlook.co.uk
  outlook.com.br hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it hotmail.es hotmail.nl hotmail.be live.com
  live.co.uk live.fr live.de live.nl live.it live.se live.com.au msn.com passport.com yahoo.com yahoo.co.uk yahoo.fr
  yahoo.de yahoo.it yahoo.es yahoo.co.in yahoo.in yahoo.co.jp yahoo.ca yahoo.com.au yahoo.com.br yahoo.com.mx
  yahoo.com.sg ymail.com rocketmail.com icloud.com me.com mac.com aol.com aol.co.uk aim.com gmx.com gmx.net gmx.de
  gmx.at gmx.ch web.de t-online.de freenet.de arcor.de mail.de posteo.de posteo.net mailbox.org tutanota.com tuta.io
  tutamail.com proton.me protonmail.com protonmail.ch pm.me hey.com fastmail.com fastmail.fm zoho.com zohomail.com
  yandex.com yandex.ru ya.ru mail.ru bk.ru inbox.ru list.ru rambler.ru qq.com foxmail.com 163.com 126.com yeah.net
  sina.com sohu.com naver.com daum.net hanmail.net orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr
  libero.it virgilio.it tiscali.it alice.it tin.it bluewin.ch sunrise.ch btinternet.com bt.com virginmedia.com
  sky.com talktalk.net ntlworld.com blueyonder.co.uk comcast.net verizon.net att.net sbcglobal.net bellsouth.net
  charter.net cox.net earthlink.net juno.com optonline.net frontier.com windstream.net rogers.com shaw.ca sympatico.ca
  telus.net bigpond.com bigpond.net.au optusnet.com.au xtra.co.nz telenet.be skynet.be ziggo.nl kpnmail.nl planet.nl
  home.nl xs4all.nl telia.com bredband.net online.no seznam.cz centrum.cz wp.pl o2.pl onet.pl interia.pl abv.bg
  ukr.net uol.com.br bol.com.br terra.com.br rediffmail.com mail.com email.com usa.com inbox.com gmx.us hushmail.com
  runbox.com duck.com mailinator.com guerrillamail.com`
    .split(/\s+/)
    .filter(Boolean),
);
