package breach

import "math/bits"

// Kind is a kind of personal data: what sort of thing became known of
// somebody. The list is closed; its order is the order in reports.
type Kind uint8

// The kinds of data.
const (
	Name Kind = iota + 1
	NationalID
	BirthDate
	Address
	Email
	Phone
	Username
	Password
	Passport
	BankAccount
	PaymentCard
	Vehicle
	Photo
	Language
	Nationality
	Religion
	Health
	SpecialSupport
	Grades
	Fee
	Income
	Absence
	Employment
	Application
	Order
	DoorCode
	SocialWelfare
	ProtectedIdentity
	Guardian
	kindEnd
)

// Category is the type of breached data that the EDPB common notification
// template (v1.0, 8 June 2026, field 70) asks for, in the template's words.
type Category string

// The template's categories that our kinds fall into.
const (
	BasicData          Category = "Basic data"
	ContactDetails     Category = "Contact details"
	ReligiousBeliefs   Category = "Data revealing religious or philosophical beliefs"
	EthnicOrigin       Category = "Data revealing racial or ethnic origin"
	HealthData         Category = "Health data"
	EmploymentHealth   Category = "Employment related health data"
	EconomicData       Category = "Economic and financial data"
	IdentificationData Category = "Identification data"
	OfficialDocuments  Category = "Official documents"
	PaymentMethods     Category = "Payment methods"
	UserCredentials    Category = "User credentials"
	AdditionalData     Category = "Additional data types"
)

// kindRow is what is fixed about one kind.
type kindRow struct {
	id         string
	category   Category
	sv, fi, en string
}

var kindRows = [kindEnd]kindRow{
	Name:        {"name", BasicData, "namn", "nimi", "name"},
	NationalID:  {"national-id", IdentificationData, "personnummer", "henkilötunnus", "national identity number"},
	BirthDate:   {"birth-date", BasicData, "födelsedatum", "syntymäaika", "date of birth"},
	Address:     {"address", ContactDetails, "adress", "osoite", "address"},
	Email:       {"email", ContactDetails, "e-postadress", "sähköpostiosoite", "e-mail address"},
	Phone:       {"phone", ContactDetails, "telefonnummer", "puhelinnumero", "phone number"},
	Username:    {"username", UserCredentials, "användarnamn", "käyttäjätunnus", "username"},
	Password:    {"password", UserCredentials, "lösenord", "salasana", "password"},
	Passport:    {"passport", IdentificationData, "passnummer", "passin numero", "passport number"},
	BankAccount: {"bank-account", PaymentMethods, "bankkonto", "pankkitili", "bank account"},
	PaymentCard: {"payment-card", PaymentMethods, "betalkort", "maksukortti", "payment card"},
	Vehicle:     {"vehicle", AdditionalData, "fordon", "ajoneuvo", "vehicle"},
	Photo:       {"photo", AdditionalData, "bild", "kuva", "picture"},
	// Mother tongue tells of ethnic origin only together with more: it stays
	// with the additional types, which the form asks to have described.
	Language:       {"language", AdditionalData, "modersmål", "äidinkieli", "mother tongue"},
	Nationality:    {"nationality", BasicData, "medborgarskap", "kansalaisuus", "nationality"},
	Religion:       {"religion", ReligiousBeliefs, "religion", "uskonto", "religion"},
	Health:         {"health", HealthData, "hälsa", "terveys", "health"},
	SpecialSupport: {"special-support", HealthData, "särskilt stöd", "erityinen tuki", "special support"},
	Grades:         {"grades", AdditionalData, "betyg", "arvosanat", "grades"},
	Fee:            {"fee", EconomicData, "avgift", "maksu", "fee"},
	Income:         {"income", EconomicData, "inkomst", "tulot", "income"},
	Absence:        {"absence", AdditionalData, "frånvaro", "poissaolo", "absence"},
	Employment:     {"employment", AdditionalData, "anställning", "työsuhde", "employment"},
	Application:    {"application", AdditionalData, "ansökan", "hakemus", "application"},
	Order:          {"order", AdditionalData, "beställning", "tilaus", "order"},
	DoorCode:       {"door-code", AdditionalData, "portkod", "ovikoodi", "door code"},
	SocialWelfare:  {"social-welfare", AdditionalData, "socialtjänst", "sosiaalihuolto", "social welfare"},
	// Whoever knows that somebody is protected knows something to look for.
	ProtectedIdentity: {"protected-identity", AdditionalData, "skyddade personuppgifter", "turvakielto", "protected identity"},
	Guardian:          {"guardian", BasicData, "vårdnadshavare", "huoltaja", "guardian"},
}

// AllKinds lists every kind in order.
func AllKinds() []Kind {
	kinds := make([]Kind, 0, kindEnd-1)
	for k := Name; k < kindEnd; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// ParseKind finds the kind with an identifier such as "national-id".
func ParseKind(id string) (Kind, bool) {
	for k := Name; k < kindEnd; k++ {
		if kindRows[k].id == id {
			return k, true
		}
	}
	return 0, false
}

// String returns the identifier used in files and on the command line.
func (k Kind) String() string {
	if k == 0 || k >= kindEnd {
		return "unknown"
	}
	return kindRows[k].id
}

// Title names the kind in a language ("sv", "fi", "en"); any other language
// gives English.
func (k Kind) Title(lang string) string {
	if k == 0 || k >= kindEnd {
		return "?"
	}
	switch lang {
	case "sv":
		return kindRows[k].sv
	case "fi":
		return kindRows[k].fi
	}
	return kindRows[k].en
}

// Category is where the EDPB template puts the kind.
func (k Kind) Category() Category {
	if k == 0 || k >= kindEnd {
		return AdditionalData
	}
	return kindRows[k].category
}

// Kinds is a set of kinds.
type Kinds uint64

// KindsOf makes a set.
func KindsOf(kinds ...Kind) Kinds {
	var s Kinds
	for _, k := range kinds {
		s |= 1 << k
	}
	return s
}

// Has reports whether k is in the set.
func (s Kinds) Has(k Kind) bool { return s&(1<<k) != 0 }

// Len counts the kinds in the set.
func (s Kinds) Len() int { return bits.OnesCount64(uint64(s)) }

// List gives the kinds in order.
func (s Kinds) List() []Kind {
	var kinds []Kind
	for k := Name; k < kindEnd; k++ {
		if s.Has(k) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// Strings gives the identifiers in order.
func (s Kinds) Strings() []string {
	ids := make([]string, 0, s.Len())
	for _, k := range s.List() {
		ids = append(ids, k.String())
	}
	return ids
}
