package register_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
)

func ExampleIndex_Who() {
	dir, err := os.MkdirTemp("", "index")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "index")
	var secret register.Secret // in earnest: random, kept with the case, destroyed with it
	err = register.BuildIndex(path, secret, func(yield func(breach.Entry, error) bool) {
		yield(breach.Entry{Names: []breach.FullName{{Given: breach.Hide("Marita"), Surname: breach.Hide("Koivunen")}}}, nil)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := register.OpenIndex(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	fmt.Println(x.Who(breach.Finding{Kind: breach.Name, Value: breach.Hide("Marita Koivuselle")}))
	fmt.Println(x.Who(breach.Finding{Kind: breach.Name, Value: breach.Hide("Marita Koivisto")}))
	// Output:
	// [0]
	// []
}
