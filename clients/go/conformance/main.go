// Command conformance walks one grant through Evertoken, from the request token that a login left behind to the revoked
// access token. It prints one JSON object a step, and ends with an error at the first step that is not as the API
// promises.
//
//	export APP_KEY=… APP_SECRET=… REQUEST_TOKEN=…
//	conformance -address host:port [-ca roots.pem | -plaintext]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	evertokenv1 "github.com/evertoken/evertoken/clients/go/evertoken/v1"
)

func main() {
	address := flag.String("address", "localhost:8443", "host:port of the server")
	ca := flag.String("ca", "", "PEM file of the authorities to trust (default: the system's)")
	plaintext := flag.Bool("plaintext", false, "no TLS: on this machine, or where a mesh encrypts")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *address, *ca, *plaintext); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address, ca string, plaintext bool) error {
	// Arguments can be read by every user of a machine, so secrets are no flags.
	app := basicAuth{key: os.Getenv("APP_KEY"), secret: os.Getenv("APP_SECRET"), plaintext: plaintext}
	requestToken := os.Getenv("REQUEST_TOKEN")
	if app.key == "" || app.secret == "" || requestToken == "" {
		return errors.New("APP_KEY, APP_SECRET and REQUEST_TOKEN must be set")
	}

	transport, err := transportCredentials(ca, plaintext)
	if err != nil {
		return err
	}
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(transport), grpc.WithPerRPCCredentials(app))
	if err != nil {
		return err
	}
	defer connection.Close()

	walk := flow{tokens: evertokenv1.NewTokenServiceClient(connection), out: json.NewEncoder(os.Stdout)}
	return walk.run(ctx, requestToken)
}

func transportCredentials(ca string, plaintext bool) (credentials.TransportCredentials, error) {
	switch {
	case plaintext:
		return insecure.NewCredentials(), nil
	case ca != "":
		return credentials.NewClientTLSFromFile(ca, "")
	default:
		return credentials.NewTLS(nil), nil
	}
}
