// Decrypts every token of a file again and again for some seconds, on one thread, and says what it cost as JSON.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/fernet/fernet-go"
)

func cpuSeconds() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

func main() {
	key, file := os.Args[1], os.Args[2]
	seconds, _ := strconv.ParseFloat(os.Args[3], 64)
	keys := fernet.MustDecodeKeys(key)
	all, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	tokens := bytes.Split(bytes.TrimRight(all, "\n"), []byte("\n"))
	// 0: no limit to a token's age, as in an archive.
	hash := sha256.New()
	for _, token := range tokens {
		plain := fernet.VerifyAndDecrypt(token, 0, keys)
		if plain == nil {
			panic("a token was refused")
		}
		hash.Write(plain)
	}
	count, cpu, start := 0, cpuSeconds(), time.Now()
	for time.Since(start).Seconds() < seconds {
		for _, token := range tokens {
			if fernet.VerifyAndDecrypt(token, 0, keys) == nil {
				panic("a token was refused")
			}
			count++
		}
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"tokens": count, "seconds": time.Since(start).Seconds(), "cpuSeconds": cpuSeconds() - cpu,
		"sha256": hex.EncodeToString(hash.Sum(nil)), "distinct": len(tokens),
	})
}
