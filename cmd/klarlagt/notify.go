package main

import (
	"net"
	"os"
)

// notify tells systemd how the service stands; where there is none, nobody.
// See sd_notify(3).
func notify(state string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return // the service runs all the same; systemd will say what it missed
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(state))
}
