"""The only door to AWS: sessions, typed gateways, pacing, retries, limits as data.

Importing this package, its records, errors and gateways loads neither boto3 nor botocore.
"""
