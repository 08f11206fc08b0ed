//go:build !amd64 && !arm64

package engine

import "errors"

// filterCalls knows no system calls here.
func filterCalls(bool) error { return errors.ErrUnsupported }

func filterTool() error { return errors.ErrUnsupported }
