package detect_test

import (
	"fmt"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/detect"
)

func ExampleScanner() {
	s := detect.New(nil) // without registers
	s.Begin("klasslista.csv")
	rows := breach.Passage{
		Place: breach.At(breach.Step{Unit: breach.Row, N: 1}),
		Text:  []byte("Namn\tPersonnummer\tModersmål\nElin Holm\t20120304-2393\tsvenska\n"),
	}
	tell := func(m breach.Mention) error {
		for _, f := range m.Findings {
			fmt.Println(f.Place, f.Kind, f.Form, f.Value, f.Value.Reveal())
		}
		return nil
	}
	if err := s.Passage(rows, tell); err != nil {
		fmt.Println(err)
	}
	if err := s.End(tell); err != nil {
		fmt.Println(err)
	}
	// Output:
	// row 2 column A name name •••• Elin Holm
	// row 2 column B national-id se-personnummer •••• 201203042393
	// row 2 column C language cell •••• svenska
}
