package seal_test

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klarlagt/klarlagt/seal"
)

// A case's key is made, wrapped and used; then its wrap is all that stands
// between its values and everybody, and without it they are gone.
func Example() {
	master := seal.NewKey() // or OpenMasterFile, OpenMasterCredential, OpenMasterPassphrase
	tenant, key := seal.NewKey(), seal.NewKey()
	ofTenant := seal.Where{Tenant: "exempelstad", Table: "tenant key", Version: 1}
	ofCase := seal.Where{Tenant: "exempelstad", Case: "c7", Table: "case key", Version: 1}
	tenantWrap, _ := seal.Wrap(master, ofTenant, tenant)
	caseWrap, _ := seal.Wrap(tenant, ofCase, key)

	// Values in the database.
	ring := seal.Ring{1: key}
	rows, _ := seal.NewRows(ring)
	where := seal.Where{Tenant: "exempelstad", Case: "c7", Table: "people", Column: "name", Row: "12"}
	sealed := rows.Seal(where, []byte("Testa Test"))

	// A part file, read at an offset.
	var file bytes.Buffer
	part := seal.Where{Tenant: "exempelstad", Case: "c7", Table: "findings", Row: "findings-000001"}
	w, _ := seal.NewWriter(&file, ring, part)
	_, _ = io.WriteString(w, "many findings of many people")
	_ = w.Close()
	r, _ := seal.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()), ring, part)
	found := make([]byte, 8)
	_, _ = r.ReadAt(found, 5)

	// The way back, from the master key on.
	tenant, _ = seal.Unwrap(master, ofTenant, tenantWrap)
	key, _ = seal.Unwrap(tenant, ofCase, caseWrap)
	rows, _ = seal.NewRows(seal.Ring{1: key})
	name, _ := rows.Open(where, sealed)
	fmt.Printf("%s, %s\n", name, found)

	where.Row = "13"
	_, err := rows.Open(where, sealed)
	fmt.Println(err)
	fmt.Println(key)
	// Output:
	// Testa Test, findings
	// tenant "exempelstad" case "c7" people.name row "13": moved, forged, or sealed with another key
	// ••••
}

// The recovery key is a member that nobody signs in as: its private half lies
// on two papers.
func ExampleSplit() {
	private, public, _ := seal.NewMember()
	a, b, _ := seal.Split(private)
	private.Destroy()

	key := seal.NewKey()
	where := seal.Where{Tenant: "exempelstad", Case: "c7", Table: "case key", Row: "recovery", Version: 1}
	wrap, _ := seal.WrapTo(public, where, key)

	recovered, _ := seal.Join(a, b)
	again, _ := seal.UnwrapAs(recovered, where, wrap)
	fmt.Println(again.Equal(key), a.Reveal()[:11], len(a.Reveal()))
	// Output: true KLARLAGT-A- 106
}
