package journal_test

import (
	"fmt"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
)

// A proof that somebody was sent has to hold for ever, with whatever release:
// this one is of the first, and may never be made anew.
func TestAProofOfTheFirstReleaseHolds(t *testing.T) {
	const (
		key   = "klarlagt/exempelstad+69827cd1+AY50dtdPbPK0clFESM4nS2eu32AIIXaGUnpNgye7AtSi"
		proof = `klarlagt journal proof 1
{"v":1,"seq":3,"at":"2026-03-01T08:00:03.000000Z","tenant":"exempelstad","case":"c7","who":"u4","session":"s9","origin":"inside","act":"reveal","object":"person:3","purpose":"question","verdict":"refused","commitments":[{"of":"national-id","hash":"9f0f413a70bbf7c077bfe5e0f383bb6ae4c9f6b5088ba12a0b3dcc365b326503"}]}
lspwxE0Bgz6XGVl7EYj7EdgsTUAcUPC3vFxKfxrQAdc=
cW+dkWuInKpAYsPQrEKDhVisrqG9Itv/g0I4NqByq38=
4SKNPaA6ToAUuOGLTiKn8lioEBDcprN89Bl2aP+kL28=

klarlagt/exempelstad
5
afWVZtbF+7+f2qwmeCFhUljZDMKjy7/saH3/kcHzJCI=
at 2026-03-01T08:00:00.000000Z

— klarlagt/exempelstad aYJ80XGTMS6ClEJu9ZzzzUwk1UAF5OSQq1LNC5NCNmZ7syXatI51NMT8NGgim9BkX8+m+C8dprgGvI+6J8BsGg0JxQE=
`
	)
	r, c, err := journal.OpenProof([]byte(proof), key)
	if err != nil || r.Object != "person:3" || r.Verdict != journal.Refused || c.Size != 5 || !c.At.Equal(start) {
		t.Errorf("%+v, %+v, %v", r, c, err)
	}
}

func TestCommitmentsStayAsTheyAre(t *testing.T) {
	const want = "2f6d4cd7960b29a807c7e501ac7722db038d47f5a0001930dc5b5e1998729fc5"
	c := journal.Commit("national-id", breach.Hide("salt"), breach.Hide("Testa Test"))
	if got := fmt.Sprintf("%x", c.Hash); got != want {
		t.Errorf("%s, was %s", got, want)
	}
}
