package journal_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/klarlagt/klarlagt/journal"
)

// The journal is kept, a checkpoint of it goes out of the house, and later
// somebody who can write everything in the house takes one line back.
func Example() {
	ctx := context.Background()
	private, public, _ := journal.NewSigner(journal.Origin("exempelstad")) // public: handed out long before
	signer, _ := journal.LoadSigner(private)

	tx := &memory{} // the store's transaction
	for n := range 1000 {
		_, _ = journal.Append(ctx, tx, act(n))
	}
	c, _ := journal.Head(ctx, tx, "exempelstad", start)
	signed, _ := journal.Sign(c, signer)

	var file bytes.Buffer
	_, _ = journal.Export(&file, tx.all())
	sent, _, _ := journal.Open(signed, public)
	report, err := journal.Verify("exempelstad", journal.Lines(bytes.NewReader(file.Bytes())), sent)
	fmt.Println(report.Records, err)

	rewritten := bytes.Replace(file.Bytes(), []byte(`"person:417"`), []byte(`"person:418"`), 1)
	_, err = journal.Verify("exempelstad", journal.Lines(bytes.NewReader(rewritten)), sent)
	fmt.Println(err)

	tx.entries[417].Line = bytes.Replace(tx.entries[417].Line, []byte(`"person:417"`), []byte(`"person:418"`), 1)
	_, err = journal.Verify("exempelstad", tx.all(), sent)
	fmt.Println(err)
	// Output:
	// 1000 <nil>
	// journal: one of the records 0 to 999 is not what was signed
	// journal: record 417 is not what its stored hashes were made of
}
