package casework

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/exchange"
	"github.com/klarlagt/klarlagt/store"
)

// Vocabularies lists those in which a case can be told to others.
func Vocabularies() []string { return []string{"veris", "misp", "stix"} }

// Exchange writes what happened in a case in a vocabulary of [Vocabularies]: choices,
// counts and times, and nothing that somebody typed.
func (x Dossier) Exchange(w io.Writer, c store.Case, tenant, vocabulary string) error {
	write := map[string]func(exchange.Incident) ([]byte, error){"veris": exchange.VERIS, "misp": exchange.MISP, "stix": exchange.STIX}[vocabulary]
	if write == nil {
		return &breach.Refusal{Key: "refusal.vocabulary", Args: map[string]any{"Name": vocabulary, "Allowed": strings.Join(Vocabularies(), ", ")}}
	}
	raw, err := write(x.told(c, tenant))
	if err == nil {
		_, err = w.Write(append(raw, '\n'))
	}
	return err
}

// told is the case as others are told of it.
func (x Dossier) told(c store.Case, tenant string) exchange.Incident {
	of := x.Incident()
	i := exchange.Incident{ID: exchange.UUID("klarlagt", tenant, string(c.ID)), Made: x.Now, Closed: c.Closed, Country: of.Country, Public: x.Says("controller", "sector") == "public",
		Kind: x.Says("case", "kind"), Happened: of.OccurredFrom, Aware: of.Aware, Contained: of.Contained,
		Natures: list(x.Says("nature", "nature")), Disclosed: x.Says("nature", "confidentiality"), Type: x.Says("nature", "incident"),
		Cause: x.Says("nature", "cause"), Found: x.Says("discovery", "how"), Surest: x.surest()}
	var kinds []breach.Kind
	for _, cohort := range x.Cohorts() {
		kinds = append(kinds, cohort.Kinds.List()...)
		for _, group := range categories(cohort) {
			if !slices.Contains(i.Groups, group) {
				i.Groups = append(i.Groups, group)
			}
		}
	}
	i.Kinds = breach.KindsOf(kinds...)
	if p := x.People(); p != nil {
		i.People = &exchange.People{Lower: p.Lower, Upper: p.Upper}
	}
	return i
}

// surest is the surest grade that anybody has; 0 where nothing was resolved.
func (x Dossier) surest() breach.Grade {
	if x.Result == nil {
		return 0
	}
	for _, g := range []breach.Grade{breach.Proven, breach.Likely, breach.Possible} {
		if x.Result.Exposed[g.String()]+x.Result.Strangers[g.String()] > 0 {
			return g
		}
	}
	return breach.Unknown
}

// FromVERIS is what was entered of an incident in VERIS.
type FromVERIS struct {
	Entered []string `json:"entered"` // the facts
	Held    []string `json:"held"`    // facts that the case has already, which stay as they are
	Left    []string `json:"left"`    // parts of the file that there are no words for
}

// ReadVERIS enters what an incident in VERIS says into a case that does not say it
// yet: nothing that somebody entered is changed. With dry, nothing is.
func (d *Desk) ReadVERIS(ctx context.Context, id store.CaseID, raw []byte, dry bool) (FromVERIS, error) {
	read, err := exchange.ReadVERIS(raw)
	var version *exchange.VersionError
	if errors.As(err, &version) {
		return FromVERIS{}, &breach.Refusal{Key: "refusal.veris-version", Args: map[string]any{"Version": version.Version}, Err: err}
	}
	if err != nil {
		return FromVERIS{}, &breach.Refusal{Key: "refusal.veris", Err: err}
	}
	k, err := d.Known(ctx, id, time.Time{})
	if err != nil {
		return FromVERIS{}, err
	}
	h := FromVERIS{Left: read.Left}
	source := "VERIS " + read.ID
	if read.Reference != "" {
		source += ", " + read.Reference
	}
	for _, said := range read.Facts {
		if slices.ContainsFunc(k.Versions(), func(f breach.Fact) bool { return f.Field == said.Fact }) {
			h.Held = append(h.Held, said.Fact)
			continue
		}
		said.Parts["source"] = source
		if !dry {
			if _, err := d.Enter(ctx, id, Entering{Sort: said.Fact, Typed: Typed{Parts: said.Parts, Zone: k.Zone()}}); err != nil {
				return h, err
			}
		}
		h.Entered = append(h.Entered, said.Fact)
	}
	return h, nil
}
