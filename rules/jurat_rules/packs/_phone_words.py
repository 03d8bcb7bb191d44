"""Words that speak for a phone number near a value, and words that speak against one."""

_WORDS = """
phone|phones|telephone|phone number|phone no|tel|tel no|telno|call|callback|call back|called
calling|calls from|mobile|mobile number|cell|cellphone|cell phone|cell number|fax|fax number
dial|dialled|dialed|whatsapp|sms|hotline|helpline|landline|voicemail|text me|texted|ring me
ring us|reach me|reach us|reach him|reach her|reach them|reached at|reached on|reach you
contact number|contact no|contact me|contact us|contact him|contact her|contact them|my number
new number|new phone|his number|her number|our number|your number|number to reach|give me a ring|emergency contact
pager|toll free|toll-free|ph|ph no|mob|handset|caller|callers|caller id|dial-in
telefon|telefonnummer|telefonnr|handy|handynummer|mobil|mobilnummer|mobiltelefon|rufnummer
anrufen|anruf|rufen sie|ruf mich|rufen|durchwahl|festnetz|erreichbar|erreichen|erreichst|fon
telefax|faxnummer|handynr|zurückrufen|téléphone|telephoner|téléphoner|tél|tel.|appelez
appelez-moi|appeler|appelle|appelle-moi|portable|joindre|joignable|numéro de téléphone
teléfono|telefono|móvil|movil|llame|llámame|llamar|llámeme|llamada|celular|tlf|tfno
chiamami|chiamare|chiami|cellulare|cell.|numero di telefono|recapito
telefone|telemóvel|ligue|ligar|ligue-me|contato|contacto|celulares|fone|telefoon|telefoonnummer
mobiel|bel|bellen|bel mij|bel me|bereikbaar|mobiele nummer|telefonu|telefonem|dzwonić|dzwoń
zadzwoń|komórka|komórkowy|numer telefonu|tel. kom|kom|telefonnumret|mobilnr|ring mig|ring meg
mobilen|mobiltelefonnummer|nås på|puhelin|puhelinnumero|soita|matkapuhelin|gsm|telefonní číslo
volejte|mobilní|telefonszám|hívjon|mobilszám|sunați|telefonul|nr. tel|număr de telefon
τηλέφωνο|τηλ|κινητό|καλέστε|телефон|телефону|телефона|тел|моб|мобильный|позвоните|звоните
номеру|звонить|телефонуйте|подзвоніть|cep|cep telefonu|arayın|ara|arayınız|gsm no
هاتف|جوال|موبايل|اتصل|טלפון|נייד|התקשר|פלאפון|फ़ोन|फोन|मोबाइल|कॉल|โทร|โทรศัพท์|มือถือ|เบอร์
telepon|hubungi|ponsel|nomor telepon|điện thoại|gọi|sđt|số điện thoại|di động
电话|手机|致电|拨打|联系方式|電話|手機|携帯|お電話|ファックス|传真|전화|휴대폰|핸드폰|연락처|팩스
"""  # noqa: RUF001  # Turkish has letters that look like others

_UNLIKE = """
order|orders|invoice|invoices|ticket|case|part|p/n|sku|serial|s/n|tracking|shipment|parcel
model|build|version|release|commit|revision|reference|ref|item|product|article|batch|lot
docket|po|purchase order|row|rows|page|pages|chapter|section|isbn|ean|upc|gtin|pid
job|process|account|acct|account number|card|iban|ssn|sin|nhs|passport|licence|license|permit
policy|member|membership|customer number|vat|tax|ein|tin|zip|postcode|postal
postal code|seed|size|count|total|amount|price|rate|epoch|timestamp|time|date|born|dob|id
user id|session|transaction|txn|receipt|booking|confirmation|claim|file|record|mrn|npi|port
latitude|longitude|coords|coordinates|checksum|hash|error|error code|status|pr|pull request
issue|bug|ip|ip address|host|balance|routing|aba|bsn|pesel|cpf|nif|nie|dni|usd|eur|$|€|£|limit
bestellung|bestellnummer|rechnung|rechnungsnummer|auftrag|auftragsnummer|kundennummer
artikel|artikelnummer|seriennummer|postleitzahl|plz|vorgangsnummer|aktenzeichen|sendung
commande|facture|référence|article n°|colis|dossier|pedido|factura|referencia|ordine|fattura
encomenda|fatura|bestelling|factuur|zamówienie|faktura|ordre|tilaus|заказ|счёт|sipariş
订单|订单号|编号|注文番号|注文|請求書|주문|주문번호|송장번호
"""


def _read(table: str) -> tuple[str, ...]:
    return tuple(sorted({word.strip() for word in table.replace("\n", "|").split("|")} - {""}))


WORDS, UNLIKE = _read(_WORDS), _read(_UNLIKE)
