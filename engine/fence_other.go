//go:build !linux

package engine

import "errors"

// Fence has nothing to fence with here.
func Fence(_, _ []string) error { return errors.New("fence: this system has no Landlock") }
