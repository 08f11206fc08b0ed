package draft_test

import (
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
)

func ExampleFill() {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	officer := draft.Mark{By: "officer", At: now}
	d, err := draft.Fill(draft.Case{
		Lang: "en", Now: now, Incomplete: true,
		Incident:   breach.Incident{Country: "FI", Aware: breach.Moment{At: now.Add(-time.Hour)}},
		Controller: draft.Organisation{Mark: officer, Name: "Exempelköping"},
		Extent:     draft.Extent{Mark: draft.Mark{At: now}, People: &draft.Range{Lower: 1200, Upper: 1340}},
	})
	if err != nil {
		panic(err)
	}
	name, _ := d.Answer("12")
	fmt.Println(name.Text, "from", name.Origin.From)
	people, _ := d.Answer("68")
	fmt.Println(*people.Count, "from", people.Origin.From)
	what, _ := d.Answer("62")
	fmt.Println("unknown, because", what.Open)
	fmt.Println("due", d.Due.Format(time.RFC3339), "open", len(draft.Missing(d)))
	// Output:
	// Exempelköping from case
	// {1200 1340} from evidence
	// unknown, because not-entered
	// due 2026-03-05T11:00:00Z open 23
}
