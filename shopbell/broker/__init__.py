"""The MQTT broker's configuration: mosquitto in a store, nats-server where `make run` finds no mosquitto."""
