// Still pictures of models: chain traces seen from one side.
