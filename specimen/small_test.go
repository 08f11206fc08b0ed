package specimen_test

import (
	"fmt"
	"testing"

	"github.com/klarlagt/klarlagt/specimen"
)

func TestAMunicipalityMayBeSmall(t *testing.T) {
	for _, people := range []int{1, 2, 5, 12, 30, 60, 150} {
		t.Run(fmt.Sprint(people, " people"), func(t *testing.T) {
			key, err := specimen.Make(t.Context(), specimen.Options{Seed: uint64(people), People: people, Files: 25, Dir: t.TempDir()}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(key.Items) == 0 {
				t.Error("no evidence")
			}
		})
	}
}
